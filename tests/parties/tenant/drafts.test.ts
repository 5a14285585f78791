import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { MAX_DRAFTS } from "../../../parties/tenant/drafts.ts";
import * as d1 from "../../../schema/d1.ts";
import { MAX_DRAFT_BYTES } from "../../../schema/http/admin/drafts.ts";
import { ANONYMOUS, type Principal, type UserPrincipal } from "../../../schema/principal.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1, breakD1Reads, type D1Faults } from "../../helpers/faults.ts";
import { crash, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { codeOf, refusal } from "../support.ts";
import { givenMember, givenSite, type TestSite } from "./support.ts";

const database = withD1Migrations();
const MINUTES = 60_000;

/** A save as an editor sends it. */
const aSave = (content: string, baseRevision = 0, deviceId = "laptop") => ({
  content,
  metadata: { title: "A walk" },
  deviceId,
  baseRevision,
});

/** A site that is up, with its owner's ways to its drafts. */
async function givenDrafts() {
  const site = await givenSite();
  await site.admit();
  const principal = site.owner;
  return {
    site,
    save: async (slug: string, draft: ReturnType<typeof aSave>) =>
      await site.party.saveDraft({ principal, slug, draft }),
    get: async (slug: string) => await site.party.getDraft({ principal, slug }),
    list: async () => (await site.party.listDrafts({ principal })).drafts,
    remove: async (slug: string, revision?: number) =>
      await site.party.deleteDraft({ principal, slug, ...(revision !== undefined && { revision }) }),
  };
}

async function inD1({ subdomain }: TestSite) {
  const { slug, content, revision } = d1.drafts;
  return await drizzle(database)
    .select({ slug, content, revision })
    .from(d1.drafts)
    .where(eq(d1.drafts.tenant, subdomain))
    .orderBy(slug);
}

/** A post that D1 has, as the edge writes it. */
async function givenPost({ subdomain, owner }: TestSite, slug: string) {
  const id = newId("post");
  const isIt = eq(d1.posts.id, id);
  const db = drizzle(database);
  const at = Date.UTC(2026, 0, 2);
  await db.insert(d1.posts).values({
    id,
    tenant: subdomain,
    slug,
    title: "A walk",
    content: "",
    tags: [],
    status: "draft",
    authorId: owner.user.id,
    createdAt: at,
    updatedAt: at,
  });
  return {
    id,
    rename: async (to: string) => await db.update(d1.posts).set({ slug: to }).where(isIt),
    delete: async () => await db.update(d1.posts).set({ deletedAt: at }).where(isIt),
  };
}

describe("a draft", () => {
  test("is saved at revision 1, and at one more by each save that names the last one", async () => {
    const clock = useClock();
    const { save, get } = await givenDrafts();
    const first = await save("a-walk", aSave("One."));
    expect(first).toEqual({
      slug: "a-walk",
      content: "One.",
      metadata: { title: "A walk" },
      deviceId: "laptop",
      lastSaved: new Date(clock.now()).toISOString(),
      revision: 1,
    });
    clock.advance(1_000);
    const second = await save("a-walk", aSave("Two.", 1, "phone"));
    expect(second).toMatchObject({ content: "Two.", revision: 2, deviceId: "phone" });
    expect(await get("a-walk")).toEqual(second);
  });

  test("is listed without its text, the last saved first", async () => {
    const clock = useClock();
    const { save, list } = await givenDrafts();
    for (const slug of ["first", "second", "third"]) {
      await save(slug, aSave("Text."));
      clock.advance(1_000);
    }
    await save("second", aSave("More text.", 1));
    const drafts = await list();
    expect(drafts.map(({ slug }) => slug)).toEqual(["second", "third", "first"]);
    expect(drafts[0]).toEqual({
      slug: "second",
      metadata: { title: "A walk" },
      deviceId: "laptop",
      lastSaved: new Date(clock.now()).toISOString(),
      revision: 2,
    });
  });

  test("that isn't there is not found, and may be deleted", async () => {
    const { get, remove } = await givenDrafts();
    expect(await codeOf(get("nothing"))).toBe("not_found");
    await remove("nothing");
  });

  test.each(["x".repeat(MAX_DRAFT_BYTES), "森".repeat(333_333), "🌲".repeat(250_000), '"\n'.repeat(475_000 - 1)])(
    "of the full length comes back as it was, in D1 too",
    async (content) => {
      const clock = useClock();
      const { site, save, get } = await givenDrafts();
      await save("long", aSave(content));
      expect((await get("long")).content).toBe(content);
      clock.advance(5 * MINUTES);
      await ringAlarms(site.object);
      expect((await inD1(site))[0]?.content).toBe(content);
    },
  );

  test.each([`${"x".repeat(MAX_DRAFT_BYTES)}y`, "森".repeat(333_334), "\u0001".repeat(400_000)])(
    "that is too long is refused, and the one before stays",
    async (content) => {
      const { save, get } = await givenDrafts();
      await save("long", aSave("Short."));
      expect(await codeOf(save("long", aSave(content, 1)))).toBe("bad_request");
      expect(await get("long")).toMatchObject({ content: "Short.", revision: 1 });
    },
  );

  test("of broken characters is kept whole, and its repeat is recognised", async () => {
    const { save } = await givenDrafts();
    const saved = await save("odd", aSave("half a \ud83c tree,\u0000 nothing"));
    expect(saved.content).toBe("half a \ufffd tree,\u0000 nothing");
    expect(await save("odd", aSave("half a \ud83c tree,\u0000 nothing"))).toEqual(saved);
  });

  test("too many is refused with the limit, and saving one of those that are there is not", async () => {
    const { site, save } = await givenDrafts();
    await save("a-walk", aSave("One."));
    await runInDurableObject(site.object, (_, { storage }) => {
      for (let n = 1; n < MAX_DRAFTS; n += 1)
        storage.sql.exec(
          "INSERT INTO drafts (slug, metadata, device_id, saved_at, revision, content) VALUES (?, '{}', 'x', 1, 1, '')",
          `draft-${n}`,
        );
    });
    const refused = await refusal(save("one-more", aSave("Text.")));
    expect(refused).toMatchObject({ code: "forbidden", details: { limit: MAX_DRAFTS } });
    expect((await save("a-walk", aSave("Two.", 1))).revision).toBe(2);
  });
});

describe("a race", () => {
  test("of two devices is won by one, and the other gets both versions", async () => {
    const { save, get } = await givenDrafts();
    await save("a-walk", aSave("Base."));
    const sent = ["laptop", "phone"].map((device) => aSave(`From the ${device}.`, 1, device));
    const results = await Promise.allSettled(sent.map(async (draft) => await save("a-walk", draft)));
    const won = results.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const lost = results.flatMap((one, at) =>
      one.status === "rejected" ? [{ at, error: one.reason as unknown }] : [],
    );
    expect(won).toHaveLength(1);
    expect(lost).toHaveLength(1);
    expect(await get("a-walk")).toEqual(won[0]);
    expect(lost[0]?.error).toMatchObject({
      code: "conflict",
      details: { yours: sent[lost[0]?.at ?? 0], theirs: won[0] },
    });
  });

  test("of many to make the same draft makes one", async () => {
    const { save, list } = await givenDrafts();
    const attempts = Array.from(
      { length: 20 },
      async (_, n) => await save("new", aSave(`Text ${n}.`, 0, `device ${n}`)),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await list()).toMatchObject([{ slug: "new", revision: 1 }]);
  });

  test("lost to a deletion says that there is none", async () => {
    const { save, remove } = await givenDrafts();
    await save("a-walk", aSave("One."));
    await remove("a-walk");
    const yours = aSave("Two.", 1);
    expect(await refusal(save("a-walk", yours))).toMatchObject({ code: "conflict", details: { yours, theirs: null } });
  });

  test("is none when the same save comes again because its answer was lost", async () => {
    const { site, save } = await givenDrafts();
    const made = await save("a-walk", aSave("One."));
    expect(await save("a-walk", aSave("One."))).toEqual(made);
    const saved = await save("a-walk", aSave("Two.", 1));
    await crash(site.object);
    expect(await save("a-walk", aSave("Two.", 1))).toEqual(saved);
    expect(await codeOf(save("a-walk", aSave("Two.", 1, "phone")))).toBe("conflict");
    expect(await codeOf(save("a-walk", { ...aSave("Two.", 1), metadata: { title: "Another" } }))).toBe("conflict");
  });

  test("is lost by who still has open what was deleted and made anew", async () => {
    const { site, save, remove, get } = await givenDrafts();
    await save("new", aSave("The first post."));
    await remove("new");
    const other = await save("new", aSave("Another post."));
    await hibernate(site.object);
    expect(await codeOf(save("new", aSave("The first post, again.", 1, "phone")))).toBe("conflict");
    expect(await get("new")).toEqual(other);
  });

  test("of a deletion that names a revision spares what was saved since", async () => {
    const { save, get, remove } = await givenDrafts();
    await save("a-walk", aSave("One."));
    const theirs = await save("a-walk", aSave("Two.", 1, "phone"));
    expect(await refusal(remove("a-walk", 1))).toMatchObject({ code: "conflict", details: { theirs } });
    expect(await get("a-walk")).toEqual(theirs);
    await remove("a-walk", 2);
    expect(await codeOf(get("a-walk"))).toBe("not_found");
  });
});

describe("drafts", () => {
  test.each<[SiteRole | "stranger", boolean]>([
    ["owner", true],
    ["editor", true],
    ["author", false],
    ["reader", false],
    ["stranger", false],
  ])("of a site are for its %s: %s", async (role, may) => {
    const { site, save } = await givenDrafts();
    await save("a-walk", aSave("One."));
    const principal = await givenSomeone(site, role);
    const asked = { principal, slug: "a-walk" };
    for (const attempt of [
      async () => await site.party.saveDraft({ ...asked, draft: aSave("Two.", 1) }),
      async () => await site.party.getDraft(asked),
      async () => await site.party.listDrafts({ principal }),
      async () => await site.party.deleteDraft(asked),
    ]) {
      if (may) await attempt();
      else expect(await codeOf(Promise.resolve(attempt()))).toBe("forbidden");
    }
  });

  test("are nobody's who has not signed in, and operators' as well", async () => {
    const { site, save } = await givenDrafts();
    await save("a-walk", aSave("One."));
    const { party } = site;
    expect(await codeOf(party.getDraft({ principal: ANONYMOUS, slug: "a-walk" }))).toBe("unauthenticated");
    expect(await codeOf(party.listDrafts({ principal: ANONYMOUS }))).toBe("unauthenticated");
    expect(await codeOf(party.deleteDraft({ principal: ANONYMOUS, slug: "a-walk" }))).toBe("unauthenticated");
    expect((await party.listDrafts({ principal: operator() })).drafts).toHaveLength(1);
  });

  test("are made to follow posts by authors and who may more", async () => {
    const { site } = await givenDrafts();
    const post = { postId: newId("post"), slug: "a-walk" };
    const refused = async (principal: Principal) => [
      await codeOf(site.party.watchPost({ principal, ...post })),
      await codeOf(site.party.followPost({ principal, ...post })),
    ];
    expect(await refused(ANONYMOUS)).toEqual(["unauthenticated", "unauthenticated"]);
    expect(await refused(person())).toEqual(["forbidden", "forbidden"]);
    expect(await refused(await givenMember(site, "reader"))).toEqual(["forbidden", "forbidden"]);
    const author = { principal: await givenMember(site, "author"), ...post };
    await site.party.watchPost(author);
    await site.party.followPost(author);
  });

  test("are those of one site", async () => {
    const [one, other] = await Promise.all([givenDrafts(), givenDrafts()]);
    await one.save("a-walk", aSave("One."));
    expect(await other.list()).toEqual([]);
    const asked = { principal: one.site.owner, slug: "a-walk" };
    expect(await codeOf(other.site.party.getDraft(asked))).toBe("forbidden");
  });
});

describe("D1", () => {
  test("hears of fifty saves of one draft in one statement, within five minutes", async () => {
    const clock = useClock();
    const { site, save } = await givenDrafts();
    const faults = breakD1(`tenant:${site.subdomain}`);
    for (let revision = 0; revision < 50; revision += 1) {
      await save("a-walk", aSave(`Text ${revision}.`, revision));
      clock.advance(5_000);
    }
    clock.advance(5 * MINUTES - 250_000 - 1);
    await ringAlarms(site.object);
    expect(faults.statements).toBe(0);
    clock.advance(1);
    await ringAlarms(site.object);
    // One beside the batch's mark.
    expect([faults.calls, faults.statements]).toEqual([1, 2]);
    expect(await inD1(site)).toEqual([{ slug: "a-walk", content: "Text 49.", revision: 50 }]);
  });

  test("never hears of a draft that was made and deleted meanwhile but as a deletion", async () => {
    const clock = useClock();
    const { site, save, remove } = await givenDrafts();
    const faults = breakD1(`tenant:${site.subdomain}`);
    await save("a-walk", aSave("One."));
    await remove("a-walk");
    clock.advance(5 * MINUTES);
    await ringAlarms(site.object);
    expect(faults.statements).toBe(2);
    expect(await inD1(site)).toEqual([]);
  });

  test.each(["before", "after"] as const)(
    "that breaks %s it took effect, over and over and with crashes between, has exactly what is here in the end",
    async (fault) => {
      const clock = useClock();
      const { site, save, remove } = await givenDrafts();
      const faults = breakD1(`tenant:${site.subdomain}`);
      faults.fail(fault, 5);
      for (let round = 0; round < 4; round += 1) {
        await save("kept", aSave(`Kept ${round}.`, round));
        await save(`round-${round}`, aSave("Passing."));
        if (round > 0) await remove(`round-${round - 1}`);
        clock.advance(5 * MINUTES);
        await ringAlarms(site.object);
        await crash(site.object);
      }
      await settle(site, clock, faults);
      expect(await inD1(site)).toEqual([
        { slug: "kept", content: "Kept 3.", revision: 4 },
        { slug: "round-3", content: "Passing.", revision: 1 },
      ]);
    },
  );

  test("gets what was saved and deleted while a batch was in flight whose answer is lost", async () => {
    const clock = useClock();
    const { site, save, remove } = await givenDrafts();
    const faults = breakD1(`tenant:${site.subdomain}`);
    await save("changed", aSave("One."));
    await save("deleted", aSave("One."));
    faults.fail(async (real) => {
      await real();
      await save("changed", aSave("Two.", 1));
      await remove("deleted");
      throw new Error("Network connection lost. (by a test)");
    }, 1);
    clock.advance(5 * MINUTES);
    await ringAlarms(site.object);
    await settle(site, clock, faults);
    expect(await inD1(site)).toEqual([{ slug: "changed", content: "Two.", revision: 2 }]);
  });
});

describe("a post that is renamed", () => {
  test("takes its draft along, at its revision, in D1 too", async () => {
    const clock = useClock();
    const { site, save, list, get } = await givenDrafts();
    const post = await givenPost(site, "old");
    await save("old", aSave("One."));
    const before = await save("old", aSave("Two.", 1));
    await post.rename("new-name");
    const asked = { principal: site.owner, postId: post.id, slug: "old" };
    await site.party.followPost(asked);
    await site.party.followPost(asked);
    expect((await list()).map(({ slug }) => slug)).toEqual(["new-name"]);
    expect(await get("new-name")).toEqual({ ...before, slug: "new-name" });
    expect((await save("new-name", aSave("Three.", 2))).revision).toBe(3);
    clock.advance(5 * MINUTES);
    await ringAlarms(site.object);
    expect(await inD1(site)).toEqual([{ slug: "new-name", content: "Three.", revision: 3 }]);
  });

  test("to where another draft is leaves both where they are", async () => {
    const { site, save, list } = await givenDrafts();
    const post = await givenPost(site, "old");
    await save("old", aSave("Of the post."));
    await save("new-name", aSave("Of nobody yet."));
    await post.rename("new-name");
    await site.party.followPost({ principal: site.owner, postId: post.id, slug: "old" });
    expect((await list()).map(({ slug }) => slug).toSorted()).toEqual(["new-name", "old"]);
  });

  test("leaves no draft behind when the edge dies before it says so, and D1 is away for a while", async () => {
    const clock = useClock();
    const { site, save, list } = await givenDrafts();
    const post = await givenPost(site, "old");
    await save("old", aSave("One."));
    await site.party.watchPost({ principal: site.owner, postId: post.id, slug: "old" });
    await post.rename("new-name");
    await crash(site.object);
    const faults = breakD1Reads(post.id);
    faults.fail("before", 2);
    for (let minute = 0; minute < 3; minute += 1) {
      expect((await list()).map(({ slug }) => slug)).toEqual(["old"]);
      clock.advance(1 * MINUTES);
      await ringAlarms(site.object);
    }
    expect(faults.calls).toBe(3);
    expect((await list()).map(({ slug }) => slug)).toEqual(["new-name"]);
    expect(await jobsOf(site)).not.toContainEqual(expect.stringContaining("followPost"));
  });

  test("and is followed at once, is not followed again to a draft that came to its old slug since", async () => {
    const clock = useClock();
    const { site, save, list } = await givenDrafts();
    const post = await givenPost(site, "old");
    const asked = { principal: site.owner, postId: post.id, slug: "old" };
    await site.party.watchPost(asked);
    await post.rename("new-name");
    await site.party.followPost(asked);
    await save("old", aSave("Of another post."));
    clock.advance(5 * MINUTES);
    await ringAlarms(site.object);
    expect((await list()).map(({ slug }) => slug)).toEqual(["old"]);
  });

  test("in vain stays with its draft", async () => {
    const clock = useClock();
    const { site, save, list } = await givenDrafts();
    const post = await givenPost(site, "old");
    await save("old", aSave("One."));
    await site.party.watchPost({ principal: site.owner, postId: post.id, slug: "old" });
    clock.advance(5 * MINUTES);
    await ringAlarms(site.object);
    expect((await list()).map(({ slug }) => slug)).toEqual(["old"]);
  });

  test("to a slug that had a draft once does not let who has that open write over its own", async () => {
    const { site, save, remove, get } = await givenDrafts();
    const post = await givenPost(site, "old");
    await save("target", aSave("Long ago."));
    await remove("target");
    await save("old", aSave("Of the post."));
    await post.rename("target");
    await site.party.followPost({ principal: site.owner, postId: post.id, slug: "old" });
    expect(await codeOf(save("target", aSave("Long ago, and still open.", 1, "phone")))).toBe("conflict");
    expect((await get("target")).content).toBe("Of the post.");
  });
});

describe("a post that is deleted", () => {
  test("takes its draft along, unless another post lives at its slug by then", async () => {
    const { site, save, list } = await givenDrafts();
    const post = await givenPost(site, "a-walk");
    await save("a-walk", aSave("One."));
    await post.delete();
    const asked = { principal: site.owner, postId: post.id, slug: "a-walk" };
    await site.party.followPost(asked);
    expect(await list()).toEqual([]);
    await givenPost(site, "a-walk");
    await save("a-walk", aSave("Of the next post."));
    await site.party.followPost(asked);
    expect(await list()).toHaveLength(1);
  });

  test("of which D1 knows nothing keeps its draft", async () => {
    const { site, save, list } = await givenDrafts();
    await save("a-walk", aSave("One."));
    await site.party.followPost({ principal: site.owner, postId: newId("post"), slug: "a-walk" });
    expect(await list()).toHaveLength(1);
  });
});

test("saves, deletions and moves in any order answer as a model does, and D1 ends with the same", async () => {
  const slugs = ["a", "b", "c"];
  const slug = fc.constantFrom(...slugs);
  const act = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant("save" as const), slug, text: fc.string(), late: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), slug }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("rename" as const), slug, to: slug }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("break" as const),
        where: fc.constantFrom("before" as const, "after" as const),
      }),
    },
  );
  const clock = useClock();
  const faults = breakD1("tenant:");
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const { site, save, list, get, remove } = await givenDrafts();
      const model = new Map<string, { content: string; revision: number }>();
      const seen = new Map<string, number>();
      for (const [n, one] of acts.entries()) {
        if (one.do === "crash") await crash(site.object);
        else if (one.do === "break") faults.fail(one.where, 1);
        else if (one.do === "flush") {
          clock.advance(5 * MINUTES);
          await ringAlarms(site.object);
        } else if (one.do === "delete") {
          await remove(one.slug);
          model.delete(one.slug);
        } else if (one.do === "rename") {
          if (one.slug === one.to) continue;
          const post = await givenPost(site, `${one.slug}-${n}`);
          await drizzle(database).update(d1.posts).set({ deletedAt: 1 }).where(atSlug(site, one.to));
          await post.rename(one.to);
          await site.party.followPost({ principal: site.owner, postId: post.id, slug: one.slug });
          const moved = model.get(one.slug);
          if (moved === undefined || model.has(one.to)) continue;
          model.delete(one.slug);
          const { revision } = await get(one.to);
          expect(revision).toBeGreaterThanOrEqual(moved.revision);
          model.set(one.to, { ...moved, revision });
        } else {
          const current = model.get(one.slug);
          const base = one.late ? (current?.revision ?? 0) + 1 : (current?.revision ?? 0);
          const content = `${n} ${one.text}`;
          const saving = save(one.slug, aSave(content, base));
          if (one.late) {
            expect(await codeOf(saving)).toBe("conflict");
            continue;
          }
          const { revision } = await saving;
          // A revision of one slug never comes twice.
          expect(revision).toBeGreaterThan(seen.get(one.slug) ?? 0);
          if (current !== undefined) expect(revision).toBe(current.revision + 1);
          model.set(one.slug, { content: content.toWellFormed(), revision });
        }
        for (const [at, { revision }] of model) seen.set(at, Math.max(revision, seen.get(at) ?? 0));
      }
      const expected = [...model]
        .map(([at, rest]) => ({ slug: at, ...rest }))
        .toSorted((a, b) => (a.slug < b.slug ? -1 : 1));
      const stored = await Promise.all((await list()).map(async ({ slug: at }) => await get(at)));
      expect(
        stored
          .map(({ slug: at, content, revision }) => ({ slug: at, content, revision }))
          .toSorted((a, b) => (a.slug < b.slug ? -1 : 1)),
      ).toEqual(expected);
      await settle(site, clock, faults);
      expect(await inD1(site)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

function atSlug({ subdomain }: TestSite, slug: string) {
  return and(eq(d1.posts.tenant, subdomain), eq(d1.posts.slug, slug));
}

async function givenSomeone(site: TestSite, role: SiteRole | "stranger"): Promise<UserPrincipal> {
  if (role === "owner") return site.owner;
  return role === "stranger" ? person() : await givenMember(site, role);
}

/** Lets time pass until D1 has everything. */
async function settle(site: TestSite, clock: { advance(ms: number): void }, faults: D1Faults): Promise<void> {
  faults.heal();
  const object = () => env.Tenant.getByName(site.subdomain);
  do {
    clock.advance(5 * MINUTES);
    await ringAlarms(object());
  } while ((await rowsOf(object(), "k_outbox")).length > 0);
}

async function jobsOf({ object }: TestSite): Promise<unknown[]> {
  return (await rowsOf(object, "k_jobs")).map(({ id }) => id);
}
