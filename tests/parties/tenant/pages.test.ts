import { drizzle } from "drizzle-orm/d1";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import type { SitePage } from "../../../schema/http/admin/pages.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { crash, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { codeOf } from "../support.ts";
import { givenMember, openSite, type TestSite } from "./support.ts";

const database = withD1Migrations();

async function write({ party, owner }: TestSite, page: object = {}, principal = owner): Promise<SitePage> {
  const whole = { slug: "about", title: "About", content: "*Us*", status: "published" as const, ...page };
  return (await party.createPage({ principal, page: whole })).page;
}

async function change({ party, owner }: TestSite, { id, revision }: SitePage, changes: object, principal = owner) {
  return await party.updatePage({ principal, id, changes: { revision, ...changes } });
}

async function config({ party }: TestSite) {
  const { tenant, pageSlugs } = await party.getConfig({});
  return { menu: tenant.menu.map(({ slug }) => slug), pageSlugs, version: tenant.version };
}

async function inD1({ subdomain }: TestSite) {
  return await drizzle(database).select().from(d1.sitePages).where(eq(d1.sitePages.tenant, subdomain));
}

describe("a page", () => {
  test("is written, changed and deleted, and everybody reads it while it is published", async () => {
    const clock = useClock();
    const site = await openSite();
    const { party, owner } = site;
    const page = await write(site, { status: "draft" });
    expect(page).toMatchObject({ slug: "about", revision: 1, menuOrder: null, status: "draft" });
    expect(await codeOf(party.getPublicPage({ slug: "about" }))).toBe("not_found");
    clock.advance(1_000);
    const published = (await change(site, page, { status: "published" })).page;
    expect(published).toEqual({
      ...page,
      status: "published",
      revision: 2,
      updatedAt: new Date(clock.now()).toISOString(),
    });
    expect(await party.getPublicPage({ slug: "about" })).toEqual(published);
    await party.deletePage({ principal: owner, id: page.id });
    expect(await codeOf(party.getPublicPage({ slug: "about" }))).toBe("not_found");
    expect(await codeOf(party.deletePage({ principal: owner, id: page.id }))).toBe("not_found");
  });

  test("is changed at the revision that was seen, and of two who do exactly one is told of the other's", async () => {
    const site = await openSite();
    const page = await write(site);
    const answers = await Promise.allSettled(
      ["One", "Two"].map(async (title) => (await change(site, page, { title })).page),
    );
    const [won] = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const [lost] = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
    expect(won?.revision).toBe(2);
    expect(lost).toMatchObject({ code: "conflict", details: { page: won } });
  });

  test("that is changed into what it is stays at its revision", async () => {
    const site = await openSite();
    const page = await write(site);
    const { version } = await config(site);
    expect((await change(site, page, { title: "About", menuOrder: null })).page).toEqual(page);
    expect((await config(site)).version).toBe(version);
    expect(await codeOf(change(site, { ...page, revision: 7 }, {}))).toBe("conflict");
  });

  test("has an address that no other page has", async () => {
    const site = await openSite();
    const [about, other] = [await write(site, { status: "draft" }), await write(site, { slug: "other" })];
    await expect(write(site)).rejects.toMatchObject({ code: "conflict", issues: [{ path: ["slug"] }] });
    await expect(change(site, other, { slug: "about" })).rejects.toMatchObject({ code: "conflict" });
    await change(site, about, { slug: "about-us" });
    expect((await change(site, other, { slug: "about" })).page.slug).toBe("about");
  });

  test("written at once by many at one address is one", async () => {
    const site = await openSite();
    const answers = await Promise.allSettled(Array.from({ length: 10 }, async () => await write(site)));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test.each([
    { slug: "images" },
    { slug: "admin" },
    { slug: "Not a slug" },
    { title: " " },
    { content: "x".repeat(100_001) },
    { menuOrder: -1 },
    { status: "private" },
  ])("of %j is none", async (page) => {
    const site = await openSite();
    expect(await codeOf(write(site, page))).toBe("bad_request");
    const written = await write(site);
    expect(await codeOf(change(site, written, page))).toBe("bad_request");
  });

  test("reaches D1 as it is in the end, whatever breaks on the way", async () => {
    const clock = useClock();
    const site = await openSite();
    const faults = breakD1(`tenant:${site.subdomain}`);
    faults.fail("after", 1);
    const [kept, deleted] = [await write(site), await write(site, { slug: "gone" })];
    await ringAlarms(site.object);
    faults.fail("before", 2);
    const changed = (await change(site, kept, { title: "Us", menuOrder: 3 })).page;
    await site.party.deletePage({ principal: site.owner, id: deleted.id });
    for (let round = 0; round < 5; round += 1) {
      await crash(site.object);
      clock.advance(60_000);
      await ringAlarms(site.object);
    }
    expect(await inD1(site)).toEqual([
      { ...changed, tenant: site.subdomain, updatedAt: Date.parse(changed.updatedAt) },
    ]);
    expect(await rowsOf(site.object, "k_outbox")).toEqual([]);
  });
});

describe("the menu", () => {
  test("has the published pages that have a place, in their order, and each change is a new version", async () => {
    const site = await openSite();
    const about = await write(site, { menuOrder: 2 });
    await write(site, { slug: "contact", menuOrder: 1 });
    await write(site, { slug: "imprint" });
    const draft = await write(site, { slug: "draft", status: "draft", menuOrder: 0 });
    expect(await config(site)).toEqual({
      menu: ["contact", "about"],
      pageSlugs: ["imprint", "contact", "about"],
      version: 4,
    });
    await change(site, draft, { title: "Still a draft" });
    const { page } = await change(site, about, { content: "Other words" });
    expect((await config(site)).version).toBe(4);
    await change(site, page, { menuOrder: 0 });
    expect(await config(site)).toMatchObject({ menu: ["about", "contact"], version: 5 });
    await site.party.deletePage({ principal: site.owner, id: about.id });
    expect(await config(site)).toMatchObject({ menu: ["contact"], pageSlugs: ["imprint", "contact"], version: 6 });
  });

  test("is the order of the list, what has no place comes after it", async () => {
    const site = await openSite();
    await write(site, { slug: "zoo" });
    await write(site, { slug: "b", menuOrder: 1 });
    await write(site, { slug: "c", menuOrder: 0 });
    await write(site, { slug: "a", status: "draft" });
    const pages = await site.party.listPages({ principal: site.owner });
    expect(pages.map(({ slug }) => slug)).toEqual(["c", "b", "a", "zoo"]);
    expect(JSON.stringify(pages)).not.toContain("*Us*");
  });
});

test("there are as many pages as the tier allows, of ten that are written at once", async () => {
  const site = await openSite();
  for (let count = 0; count < 4; count += 1) await write(site, { slug: `page-${count}` });
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, async (_, count) => await write(site, { slug: `more-${count}` })),
  );
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await expect(write(site)).rejects.toMatchObject({
    code: "forbidden",
    details: { limit: 5, tier: "seedling", unlockedBy: "sapling" },
  });
});

test("pages are for editors and up to write", async () => {
  const site = await openSite();
  const [editor, author, reader] = [
    await givenMember(site, "editor"),
    await givenMember(site, "author"),
    await givenMember(site, "reader"),
  ];
  const page = await write(site, {}, editor);
  await change(site, page, { title: "Us" }, operator());
  const { id } = page;
  for (const principal of [author, reader, person()]) {
    expect(await codeOf(write(site, { slug: "mine" }, principal))).toBe("forbidden");
    expect(await codeOf(change(site, page, { title: "Mine" }, principal))).toBe("forbidden");
    expect(await codeOf(site.party.listPages({ principal }))).toBe("forbidden");
    expect(await codeOf(site.party.getPage({ principal, id }))).toBe("forbidden");
    expect(await codeOf(site.party.deletePage({ principal, id }))).toBe("forbidden");
  }
  expect(await codeOf(site.party.listPages({ principal: { kind: "anonymous" } }))).toBe("unauthenticated");
});
