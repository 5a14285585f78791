import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { MAX_TRAILS } from "../../../parties/tenant/trails.ts";
import * as d1 from "../../../schema/d1.ts";
import { MAX_TRAIL_BYTES, type Trail, type TrailSave, trailSaveSchema } from "../../../schema/http/admin/trails.ts";
import { waypointIdSchema } from "../../../schema/ids.ts";
import { ANONYMOUS } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1, breakD1Reads } from "../../helpers/faults.ts";
import { crash, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { codeOf, refusal } from "../support.ts";
import { givenMember, givenSite, type TestSite } from "./support.ts";

const database = withD1Migrations();
const MINUTES = 60_000;

/** A trail with three planned waypoints: w1, w2, w3. */
const aTrail = (title = "To the sea"): TrailSave =>
  trailSaveSchema.parse({ title, waypoints: ["w1", "w2", "w3"].map((id) => ({ id, title: `Waypoint ${id}` })) });

async function givenTrails() {
  const site = await givenSite();
  await site.admit();
  const principal = site.owner;
  return {
    site,
    set: async (slug: string, trail = aTrail()) => await site.party.setTrail({ principal, slug, trail }),
    get: async (slug: string) => await site.party.getTrail({ principal, slug }),
    list: async () => (await site.party.listTrails({ principal })).trails,
    remove: async (slug: string) => await site.party.deleteTrail({ principal, slug }),
    walk: async (slug: string, waypointId: string, status: "in_progress" | "complete" | "deferred") =>
      await site.party.queueWaypointUpdate({ principal, slug, waypointId, status }),
    invalidate: async (slug: string) => await site.party.invalidateTrail({ principal, slug }),
  };
}

const statuses = ({ waypoints }: Pick<Trail, "waypoints">) => waypoints.map(({ status }) => status);

async function inD1({ subdomain }: TestSite) {
  return await drizzle(database)
    .select()
    .from(d1.trails)
    .where(eq(d1.trails.tenant, subdomain))
    .orderBy(d1.trails.slug);
}

/** Somebody else writes a trail to D1, over what is there. */
async function writeToD1(
  { subdomain }: TestSite,
  slug: string,
  row: { title: string; version: number; waypoints?: [] },
) {
  const values = { description: "", waypoints: [], updatedAt: 1, ...row };
  await drizzle(database)
    .insert(d1.trails)
    .values({ tenant: subdomain, slug, ...values })
    .onConflictDoUpdate({ target: [d1.trails.tenant, d1.trails.slug], set: values });
}

describe("a trail", () => {
  test("is what was set, each waypoint under the id that it came with or a new one", async () => {
    const { set, get } = await givenTrails();
    const links = [{ label: "Map", href: "https://example.com/map" }];
    const trail = trailSaveSchema.parse({
      title: "To the sea",
      description: "Slowly.",
      waypoints: [
        { id: "start", title: "Start", status: "complete", icon: "flag", links },
        { title: "Then", description: "Over the hill." },
      ],
    });
    const made = await set("to-the-sea", trail);
    const second = made.waypoints[1]?.id ?? "";
    expect(waypointIdSchema.safeParse(second).success).toBe(true);
    expect(made).toEqual({
      slug: "to-the-sea",
      title: "To the sea",
      description: "Slowly.",
      waypoints: [
        { id: "start", title: "Start", description: "", status: "complete", icon: "flag", links },
        { id: second, title: "Then", description: "Over the hill.", status: "planned", icon: null, links: [] },
      ],
    });
    expect(await get("to-the-sea")).toEqual(made);
  });

  test("is listed with how far it has come, by title", async () => {
    const { set, walk, list } = await givenTrails();
    await set("z", aTrail("Ash"));
    await set("a", aTrail("Birch"));
    await walk("z", "w1", "complete");
    await walk("z", "w2", "in_progress");
    expect(await list()).toEqual([
      { slug: "z", title: "Ash", description: "", total: 3, complete: 1 },
      { slug: "a", title: "Birch", description: "", total: 3, complete: 0 },
    ]);
  });

  test("goes through every status, and an unknown trail or waypoint is not found", async () => {
    const { set, walk, get, remove } = await givenTrails();
    await set("t");
    for (const status of ["in_progress", "complete", "deferred"] as const)
      expect(statuses(await walk("t", "w2", status))).toEqual(["planned", status, "planned"]);
    expect(await codeOf(walk("t", "nowhere", "complete"))).toBe("not_found");
    expect(await codeOf(walk("other", "w1", "complete"))).toBe("not_found");
    await remove("t");
    await remove("t");
    expect(await codeOf(get("t"))).toBe("not_found");
  });

  test("keeps the statuses of two waypoints that change at once", async () => {
    const { set, walk, get } = await givenTrails();
    await set("t");
    await Promise.all([walk("t", "w1", "complete"), walk("t", "w3", "deferred")]);
    expect(statuses(await get("t"))).toEqual(["complete", "planned", "deferred"]);
  });

  test("with one id twice, or longer than a trail may be, is refused", async () => {
    const { site, set } = await givenTrails();
    const waypoint = aTrail().waypoints[0] ?? { title: "" };
    const asked = { principal: site.owner, slug: "t" };
    const double = { title: "Double", waypoints: [waypoint, waypoint] };
    expect(await refusal(site.party.setTrail({ ...asked, trail: double }))).toMatchObject({
      code: "bad_request",
      issues: [{ path: ["trail", "waypoints"], message: "each id once" }],
    });
    const long = (bytes: number) =>
      trailSaveSchema.parse({
        title: "Long",
        waypoints: Array.from({ length: 200 }, (_, n) => ({ title: `${n}`, description: '"'.repeat(bytes) })),
      });
    expect((await set("long", long(1_000))).waypoints).toHaveLength(200);
    expect(() => long(2_000)).toThrow(String(MAX_TRAIL_BYTES));
  });

  test("too many is refused, and changing one is not", async () => {
    const { set } = await givenTrails();
    for (let n = 0; n < MAX_TRAILS; n += 1) await set(`trail-${n}`);
    expect(await refusal(set("one-more"))).toMatchObject({ code: "forbidden", details: { limit: MAX_TRAILS } });
    expect((await set("trail-7", aTrail("Again"))).title).toBe("Again");
  });
});

describe("trails", () => {
  test("are changed by owners and operators only", async () => {
    const { site, set } = await givenTrails();
    await set("t");
    const asked = (principal: typeof site.owner | typeof ANONYMOUS) => {
      const { party } = site;
      const to = { principal, slug: "t" };
      return [
        async () => await party.listTrails({ principal }),
        async () => await party.getTrail(to),
        async () => await party.setTrail({ ...to, trail: aTrail() }),
        async () => await party.queueWaypointUpdate({ ...to, waypointId: "w1", status: "complete" }),
        async () => await party.flushWaypointUpdates({ principal }),
        async () => await party.invalidateTrail(to),
        async () => await party.deleteTrail(to),
      ];
    };
    for (const role of ["editor", "author", "reader"] as const) {
      const member = await givenMember(site, role);
      for (const ask of asked(member)) expect(await codeOf(Promise.resolve(ask()))).toBe("forbidden");
    }
    for (const ask of asked(person())) expect(await codeOf(Promise.resolve(ask()))).toBe("forbidden");
    for (const ask of asked(ANONYMOUS)) expect(await codeOf(Promise.resolve(ask()))).toBe("unauthenticated");
    for (const ask of asked(operator())) await ask();
  });

  test("are shown to everybody unless their section is hidden", async () => {
    const { site, set } = await givenTrails();
    const trail = await set("t");
    expect((await site.party.publicTrails({})).trails).toMatchObject([{ slug: "t", total: 3 }]);
    expect(await site.party.publicTrail({ slug: "t" })).toEqual(trail);
    expect(await codeOf(site.party.publicTrail({ slug: "other" }))).toBe("not_found");
    await site.party.updateSection({ principal: site.owner, id: "trails", changes: { enabled: false } });
    expect(await codeOf(site.party.publicTrails({}))).toBe("not_found");
    expect(await codeOf(site.party.publicTrail({ slug: "t" }))).toBe("not_found");
  });
});

describe("D1", () => {
  test("hears of a whole trail at once, and of many statuses in one statement within five minutes", async () => {
    const clock = useClock();
    const { site, set, walk } = await givenTrails();
    const faults = breakD1(`tenant:${site.subdomain}`);
    await set("t");
    await ringAlarms(site.object);
    expect(await inD1(site)).toMatchObject([{ slug: "t", version: 1 }]);
    const before = faults.statements;
    for (let n = 0; n < 10; n += 1)
      for (const id of ["w1", "w2", "w3"]) await walk("t", id, n % 2 === 0 ? "complete" : "in_progress");
    clock.advance(5 * MINUTES - 1);
    await ringAlarms(site.object);
    expect(faults.statements).toBe(before);
    clock.advance(1);
    await ringAlarms(site.object);
    expect(faults.statements).toBe(before + 2);
    const [row] = await inD1(site);
    expect(row).toMatchObject({ version: 31 });
    expect(statuses(row ?? { waypoints: [] })).toEqual(["in_progress", "in_progress", "in_progress"]);
  });

  test("hears of statuses at once when told to, and says so when it is away", async () => {
    useClock();
    const { site, set, walk } = await givenTrails();
    const faults = breakD1(`tenant:${site.subdomain}`);
    const principal = site.owner;
    await set("t");
    await site.party.flushWaypointUpdates({ principal });
    await walk("t", "w1", "complete");
    faults.fail("before");
    expect(await site.party.flushWaypointUpdates({ principal })).toEqual({ waiting: 1 });
    faults.heal();
    expect(await site.party.flushWaypointUpdates({ principal })).toEqual({ waiting: 0 });
    expect(await inD1(site)).toMatchObject([{ slug: "t", version: 2 }]);
  });

  test.each(["before", "after"] as const)(
    "that breaks %s it took effect, with crashes between, has exactly what is here in the end",
    async (fault) => {
      const clock = useClock();
      const { site, set, walk, remove, get } = await givenTrails();
      const faults = breakD1(`tenant:${site.subdomain}`);
      await set("kept");
      await set("gone");
      faults.fail(fault, 4);
      for (const status of ["in_progress", "complete", "deferred"] as const) {
        await walk("kept", "w1", status);
        clock.advance(5 * MINUTES);
        await ringAlarms(site.object);
        await crash(site.object);
        if (status === "complete") await remove("gone");
      }
      faults.heal();
      do {
        clock.advance(5 * MINUTES);
        await ringAlarms(site.object);
      } while ((await rowsOf(site.object, "k_outbox")).length > 0);
      const [row, ...others] = await inD1(site);
      expect(others).toEqual([]);
      expect(row).toMatchObject({ slug: "kept", version: 4 });
      expect(row?.waypoints).toEqual((await get("kept")).waypoints);
    },
  );
});

describe("what somebody else has written to D1", () => {
  test("is found by the first who asks, and again after ten minutes", async () => {
    const clock = useClock();
    const { site, get, list } = await givenTrails();
    await writeToD1(site, "theirs", { title: "One", version: 3 });
    expect((await get("theirs")).title).toBe("One");
    await writeToD1(site, "theirs", { title: "Two", version: 4 });
    await writeToD1(site, "another", { title: "Another", version: 1 });
    clock.advance(10 * MINUTES - 1);
    expect((await get("theirs")).title).toBe("One");
    expect(await list()).toHaveLength(1);
    clock.advance(1);
    expect((await list()).map(({ title }) => title)).toEqual(["Another", "Two"]);
  });

  test("is found at once after an invalidation, and by a party that was evicted", async () => {
    useClock();
    const { site, get, invalidate } = await givenTrails();
    await writeToD1(site, "theirs", { title: "One", version: 1 });
    expect((await get("theirs")).title).toBe("One");
    await writeToD1(site, "theirs", { title: "Two", version: 2 });
    await invalidate("theirs");
    expect((await get("theirs")).title).toBe("Two");
    await writeToD1(site, "theirs", { title: "Three", version: 3 });
    await hibernate(site.object);
    expect((await get("theirs")).title).toBe("Three");
  });

  test("costs one question in ten minutes, whoever asks, for what is there and what is not", async () => {
    useClock();
    const { site, get } = await givenTrails();
    const reads = breakD1Reads(site.subdomain);
    const before = reads.calls;
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => await codeOf(site.party.publicTrail({ slug: `unknown-${n}` }))),
    );
    expect(await codeOf(get("unknown"))).toBe("not_found");
    expect(reads.calls - before).toBe(1);
  });

  test("changes nothing when it is older, the same, or no trail at all", async () => {
    useClock();
    const { site, set, get, invalidate } = await givenTrails();
    await set("ours", aTrail("Ours"));
    await site.party.flushWaypointUpdates({ principal: site.owner });
    await writeToD1(site, "ours", { title: "The same", version: 1 });
    await drizzle(database)
      .insert(d1.trails)
      .values({
        tenant: site.subdomain,
        slug: "odd",
        title: "Odd",
        description: "",
        waypoints: [{ nonsense: true } as never],
        updatedAt: 1,
        version: 9,
      });
    await invalidate("ours");
    expect((await get("ours")).title).toBe("Ours");
    expect(await codeOf(get("odd"))).toBe("not_found");
  });

  test("never undoes what was acknowledged here and has not reached D1, however new it is", async () => {
    const clock = useClock();
    const { site, set, walk, get, invalidate } = await givenTrails();
    await set("t");
    await site.party.flushWaypointUpdates({ principal: site.owner });
    await walk("t", "w1", "complete");
    await writeToD1(site, "t", { title: "Theirs", version: 99 });
    await invalidate("t");
    expect(statuses(await get("t"))).toEqual(["complete", "planned", "planned"]);
    await crash(site.object);
    expect(statuses(await get("t"))).toEqual(["complete", "planned", "planned"]);
    clock.advance(5 * MINUTES);
    await ringAlarms(site.object);
    expect(await inD1(site)).toMatchObject([{ title: "To the sea", version: 2 }]);
  });

  test("and comes late, after a change or a deletion here, is passed over", async () => {
    useClock();
    const { site, set, remove, get, invalidate, list } = await givenTrails();
    await writeToD1(site, "changed", { title: "Theirs", version: 7 });
    await writeToD1(site, "deleted", { title: "Theirs", version: 7 });
    await list();
    await writeToD1(site, "changed", { title: "Theirs again", version: 8 });
    await writeToD1(site, "deleted", { title: "Theirs again", version: 8 });
    await invalidate("changed");
    const reads = breakD1Reads(site.subdomain);
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    // The second of the two questions has its answer, and waits with it.
    let left = 2;
    reads.fail(async (real) => {
      const rows = await real();
      left -= 1;
      if (left === 0) {
        asked.resolve();
        await answer.promise;
      }
      return rows;
    }, 2);
    const late = list();
    await asked.promise;
    await invalidate("changed");
    await set("changed", aTrail("Ours"));
    await remove("deleted");
    await site.party.flushWaypointUpdates({ principal: site.owner });
    answer.resolve();
    await late;
    expect((await get("changed")).title).toBe("Ours");
    expect(await codeOf(get("deleted"))).toBe("not_found");
  });

  test("is not needed while D1 is away", async () => {
    useClock();
    const { site, set, get, walk, invalidate } = await givenTrails();
    await set("t");
    const reads = breakD1Reads(site.subdomain);
    reads.fail("before");
    await invalidate("t");
    expect((await get("t")).title).toBe("To the sea");
    expect(statuses(await walk("t", "w1", "complete"))).toEqual(["complete", "planned", "planned"]);
    reads.heal();
    await writeToD1(site, "theirs", { title: "Theirs", version: 1 });
    expect((await get("theirs")).title).toBe("Theirs");
  });
});

describe("the site's menu", () => {
  test("has trails from the first to the last, whoever makes it, and while their section is shown", async () => {
    const { site, set, remove, invalidate } = await givenTrails();
    const menu = async () => (await site.admit()).config?.tenant.menu;
    expect(await menu()).toEqual([]);
    await set("a");
    expect(await menu()).toEqual([{ slug: "trails", title: "Trails" }]);
    const { version } = (await site.party.getConfig({})).tenant;
    await set("b");
    await remove("a");
    expect((await site.party.getConfig({})).tenant.version).toBe(version);
    const show = async (enabled: boolean) =>
      await site.party.updateSection({ principal: site.owner, id: "trails", changes: { enabled } });
    await show(false);
    expect(await menu()).toEqual([]);
    await show(true);
    expect(await menu()).toHaveLength(1);
    await remove("b");
    expect(await menu()).toEqual([]);

    await writeToD1(site, "theirs", { title: "Theirs", version: 1 });
    await invalidate("theirs");
    await site.party.publicTrails({});
    expect(await menu()).toHaveLength(1);
  });
});
