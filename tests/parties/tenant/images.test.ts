import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import { imageKey } from "../../../schema/http/admin/images.ts";
import type { UserPrincipal } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1, breakR2 } from "../../helpers/faults.ts";
import { crash, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { codeOf } from "../support.ts";
import { givenMember, openSite, type TestSite } from "./support.ts";

const database = withD1Migrations();
const MINUTE_MS = 60_000;
const AN_IMAGE = { name: "hazel.png", type: "png" as const, size: 1_000, width: 40, height: 30 };

async function reserve({ party, owner }: TestSite, principal = owner, more: Partial<typeof AN_IMAGE> = {}) {
  return await party.reserveImage({ principal, image: { ...AN_IMAGE, ...more } });
}

/** Where a file of a site is in R2. */
const fileOf = ({ subdomain }: TestSite, { id, type }: { id: string; type: string }) =>
  imageKey(subdomain, `${id}.${type}`);

const isThere = async (key: string): Promise<boolean> => (await env.Images.head(key)) !== null;

/** A whole upload, as the edge does it. */
async function upload(site: TestSite, principal = site.owner) {
  const reserved = await reserve(site, principal);
  await env.Images.put(fileOf(site, reserved), "bytes");
  const image = await site.party.confirmImage({ principal, ...reserved });
  if (image === null) throw new Error("The image was not stored");
  return { image, key: fileOf(site, reserved) };
}

/** Files that are still to be deleted. */
async function deletions({ object }: TestSite): Promise<unknown[]> {
  return (await rowsOf(object, "k_jobs")).filter(({ name }) => name === "deleteImageFile");
}

async function inD1({ subdomain }: TestSite): Promise<string[]> {
  const rows = await drizzle(database).select().from(d1.siteImages).where(eq(d1.siteImages.tenant, subdomain));
  return rows.map(({ id }) => id);
}

describe("an image", () => {
  test("is one when its file is stored, and D1 hears of it", async () => {
    const clock = useClock();
    const site = await openSite();
    const reserved = await reserve(site);
    const { party, owner } = site;
    expect((await party.listImages({ principal: owner })).images).toEqual([]);
    expect(await codeOf(party.getImage({ principal: owner, id: reserved.id }))).toBe("not_found");
    const image = await party.confirmImage({ principal: owner, ...reserved });
    expect(image).toEqual({
      ...AN_IMAGE,
      id: reserved.id,
      url: `/images/${reserved.id}.png`,
      uploaderId: owner.user.id,
      uploadedAt: new Date(clock.now()).toISOString(),
    });
    expect(await party.confirmImage({ principal: owner, ...reserved })).toEqual(image);
    await ringAlarms(site.object);
    expect(await inD1(site)).toEqual([reserved.id]);
    clock.advance(16 * MINUTE_MS);
    await ringAlarms(site.object);
    expect((await party.listImages({ principal: owner })).images).toEqual([image]);
  });

  test("is deleted with its file, in D1 too", async () => {
    const clock = useClock();
    const site = await openSite();
    const { image, key } = await upload(site);
    await site.party.deleteImage({ principal: site.owner, id: image.id });
    expect(await codeOf(site.party.deleteImage({ principal: site.owner, id: image.id }))).toBe("not_found");
    clock.advance(1);
    await ringAlarms(site.object);
    expect(await isThere(key)).toBe(false);
    expect(await inD1(site)).toEqual([]);
    expect(await deletions(site)).toEqual([]);
  });

  test("that is deleted while R2 is away goes when it is back, however long that takes", async () => {
    const clock = useClock();
    const site = await openSite();
    const { image, key } = await upload(site);
    const faults = breakR2("delete");
    faults.fail("before");
    await site.party.deleteImage({ principal: site.owner, id: image.id });
    for (let round = 0; round < 20; round += 1) {
      await ringAlarms(site.object);
      if (round % 5 === 0) await crash(site.object);
      clock.advance(6 * MINUTE_MS);
    }
    expect(faults.calls).toBeGreaterThan(15);
    expect(await isThere(key)).toBe(true);
    faults.heal();
    await ringAlarms(site.object);
    expect(await isThere(key)).toBe(false);
    expect(await deletions(site)).toEqual([]);
  });

  test("that is deleted when the answer is lost is gone once and for all", async () => {
    const clock = useClock();
    const site = await openSite();
    const { image, key } = await upload(site);
    breakR2("delete").fail("after", 1);
    await site.party.deleteImage({ principal: site.owner, id: image.id });
    await ringAlarms(site.object);
    clock.advance(MINUTE_MS);
    await ringAlarms(site.object);
    expect(await isThere(key)).toBe(false);
    expect(await deletions(site)).toEqual([]);
  });

  test("reaches D1 once, and its end too, whatever breaks on the way", async () => {
    const clock = useClock();
    const site = await openSite();
    const faults = breakD1(`tenant:${site.subdomain}`);
    faults.fail("after", 1);
    const [kept, deleted] = [await upload(site), await upload(site)];
    await ringAlarms(site.object);
    faults.fail("before", 2);
    await site.party.deleteImage({ principal: site.owner, id: deleted.image.id });
    for (let round = 0; round < 5; round += 1) {
      await crash(site.object);
      clock.advance(MINUTE_MS);
      await ringAlarms(site.object);
    }
    expect(await inD1(site)).toEqual([kept.image.id]);
    expect(await rowsOf(site.object, "k_outbox")).toEqual([]);
  });
});

describe("a place for an image", () => {
  test("whose file never comes is free again after fifteen minutes, through a crash", async () => {
    const clock = useClock();
    const site = await openSite();
    await reserve(site);
    await crash(site.object);
    clock.advance(15 * MINUTE_MS - 1);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "images")).toHaveLength(1);
    clock.advance(1);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "images")).toEqual([]);
  });

  test("takes its file with it, when the one who brought it died before saying so", async () => {
    const clock = useClock();
    const site = await openSite();
    const reserved = await reserve(site);
    await env.Images.put(fileOf(site, reserved), "bytes");
    await hibernate(site.object);
    clock.advance(15 * MINUTE_MS);
    await ringAlarms(site.object);
    expect(await isThere(fileOf(site, reserved))).toBe(false);
  });

  test("whose file comes too late is no image, and the file goes", async () => {
    const clock = useClock();
    const site = await openSite();
    const reserved = await reserve(site);
    clock.advance(15 * MINUTE_MS);
    await ringAlarms(site.object);
    await env.Images.put(fileOf(site, reserved), "bytes");
    expect(await site.party.confirmImage({ principal: site.owner, ...reserved })).toBeNull();
    await ringAlarms(site.object);
    expect(await isThere(fileOf(site, reserved))).toBe(false);
    expect((await site.party.listImages({ principal: site.owner })).images).toEqual([]);
  });

  test("that is given up is free at once, and an image that is there stays", async () => {
    const site = await openSite();
    const reserved = await reserve(site);
    await env.Images.put(fileOf(site, reserved), "bytes");
    await site.party.abandonImage({ principal: site.owner, ...reserved });
    expect(await rowsOf(site.object, "images")).toEqual([]);
    await expect.poll(async () => await isThere(fileOf(site, reserved))).toBe(false);
    const { image, key } = await upload(site);
    await site.party.abandonImage({ principal: site.owner, id: image.id, type: image.type });
    expect(await isThere(key)).toBe(true);
  });

  test("is taken back on time when another was asked for meanwhile", async () => {
    const clock = useClock();
    const site = await openSite();
    await reserve(site);
    clock.advance(10 * MINUTE_MS);
    const later = await reserve(site);
    clock.advance(5 * MINUTE_MS);
    await ringAlarms(site.object);
    expect((await rowsOf(site.object, "images")).map(({ id }) => id)).toEqual([later.id]);
    clock.advance(10 * MINUTE_MS);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "images")).toEqual([]);
  });
});

describe("the images that a tier allows", () => {
  test("are as many as it says, of twenty that are asked for at once", async () => {
    const site = await openSite();
    await site.party.updateConfig({ principal: operator(), changes: { limits: { images: 3 } } });
    await upload(site);
    await reserve(site);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, async () => await reserve(site)));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(reserve(site)).rejects.toMatchObject({
      code: "forbidden",
      details: { limit: 3, tier: "seedling", unlockedBy: null },
    });
  });

  test("are as large as it says", async () => {
    const site = await openSite();
    const most = 2 * 1024 * 1024;
    await reserve(site, site.owner, { size: most });
    await expect(reserve(site, site.owner, { size: most + 1 })).rejects.toMatchObject({
      code: "too_large",
      details: { limit: most, tier: "seedling", unlockedBy: "sapling" },
    });
  });
});

describe("who may", () => {
  test("upload and list: authors and up", async () => {
    const site = await openSite();
    const [author, reader, stranger] = [await givenMember(site, "author"), await givenMember(site, "reader"), person()];
    const { image } = await upload(site, author);
    for (const principal of [author, site.owner, operator()])
      expect((await site.party.listImages({ principal })).images).toEqual([image]);
    for (const principal of [reader, stranger]) {
      expect(await codeOf(reserve(site, principal))).toBe("forbidden");
      expect(await codeOf(site.party.listImages({ principal }))).toBe("forbidden");
      expect(await codeOf(site.party.getImage({ principal, id: image.id }))).toBe("forbidden");
      expect(await codeOf(site.party.deleteImage({ principal, id: image.id }))).toBe("forbidden");
    }
    expect(await codeOf(site.party.listImages({ principal: { kind: "anonymous" } }))).toBe("unauthenticated");
  });

  test("delete: authors their own, editors all", async () => {
    const site = await openSite();
    const [author, other, editor] = [
      await givenMember(site, "author"),
      await givenMember(site, "author"),
      await givenMember(site, "editor"),
    ];
    const [first, second] = [await upload(site, author), await upload(site, author)];
    const remove = async (principal: UserPrincipal, { image }: { image: { id: string } }) =>
      await site.party.deleteImage({ principal, id: image.id });
    expect(await codeOf(remove(other, first))).toBe("forbidden");
    await remove(author, first);
    await remove(editor, second);
    expect((await site.party.listImages({ principal: editor })).images).toEqual([]);
  });
});

test("a list of images goes from the newest to the oldest, whatever comes meanwhile", async () => {
  const clock = useClock();
  const site = await openSite();
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    made.unshift((await upload(site)).image.id);
    clock.advance(count % 2);
  }
  const list = async (cursor?: string) => await site.party.listImages({ principal: site.owner, limit: 2, cursor });
  const first = await list();
  await upload(site);
  const second = await list(first.nextCursor ?? undefined);
  const third = await list(second.nextCursor ?? undefined);
  const ids = [first, second, third].flatMap(({ images }) => images.map(({ id }) => id));
  expect(new Set(ids)).toEqual(new Set(made));
  expect(ids).toHaveLength(5);
  expect(third.nextCursor).toBeNull();
  const other = await openSite();
  const foreign = other.party.listImages({ principal: other.owner, cursor: first.nextCursor ?? "" });
  expect(await codeOf(foreign)).toBe("bad_request");
});
