import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import * as d1 from "../../../schema/d1.ts";
import { DEFAULT_SECTIONS, FEW_ICONS, type NewSection } from "../../../schema/http/admin/sections.ts";
import type { OwnLimits, Tier } from "../../../schema/http/tenants.ts";
import { LUCIDE_ICONS } from "../../../schema/lucide-icons.ts";
import type { UserPrincipal } from "../../../schema/principal.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { crash, hibernate, ringAlarms } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { refusal } from "../support.ts";
import { givenImage, givenMember, givenSite, type TestSite } from "./support.ts";

withD1Migrations();

const DEFAULT_IDS = DEFAULT_SECTIONS.map(({ id }) => id);

/** A site whose party knows it, with what its owner does to its sections. */
async function givenSections(tier: Tier = "oak") {
  const site = await givenSite({ tier });
  await site.admit();
  const by = (principal: UserPrincipal) => ({
    list: async () => await site.party.listSections({ principal }),
    add: async (section: Partial<NewSection> = {}) =>
      await site.party.addSection({
        principal,
        section: { label: "Recipes", icon: "leaf", href: "/recipes", ...section },
      }),
    update: async (id: string, changes: object) => await site.party.updateSection({ principal, id, changes }),
    remove: async (id: string) => await site.party.removeSection({ principal, id }),
    reorder: async (ids: string[]) => await site.party.reorderSections({ principal, ids }),
  });
  const ids = async () => (await by(site.owner).list()).map(({ id }) => id);
  const setTier = async (to: Tier, limits?: OwnLimits | null) =>
    await site.party.updateConfig({
      principal: operator(),
      changes: { tier: to, ...(limits !== undefined && { limits }) },
    });
  return { site, by, ids, setTier, ...by(site.owner) };
}

/** What D1 has of a site's sections, in their order. */
async function inD1({ subdomain }: TestSite) {
  const { tenant, sortOrder } = d1.siteSections;
  return await drizzle(env.DB).select().from(d1.siteSections).where(eq(tenant, subdomain)).orderBy(asc(sortOrder));
}

describe("a site's sections", () => {
  test("are the built-in and the optional ones before anybody changed anything", async () => {
    const { list } = await givenSections("seedling");
    const sections = await list();
    expect(sections.map(({ label }) => label)).toEqual([
      "Dashboard",
      "Blog Posts",
      "Pages",
      "Images",
      "Settings",
      "Analytics",
      "Timeline",
      "Trails",
    ]);
    expect(sections.every(({ enabled, locked, tier }) => enabled && locked === null && tier === "seedling")).toBe(true);
    expect(sections.every(({ icon }) => LUCIDE_ICONS.has(icon))).toBe(true);
  });

  test("keep what is added, changed and removed, through an eviction and in D1", async () => {
    useClock();
    const { site, list, add, update, remove } = await givenSections();
    const recipes = await add();
    const events = await add({ label: "Events", icon: "calendar", href: "https://example.com/events", enabled: false });
    const gone = await add({ label: "Gone" });
    await update(recipes.id, { label: "Cooking", icon: "chef-hat", enabled: false });
    await remove(gone.id);
    await hibernate(site.object);
    const own = (await list()).slice(DEFAULT_IDS.length);
    const cooking = { id: recipes.id, label: "Cooking", icon: "chef-hat", href: "/recipes", enabled: false };
    expect(own).toEqual([
      { ...cooking, kind: "custom", tier: "sapling", sortOrder: 8, locked: null },
      { ...events, sortOrder: 9 },
    ]);
    expect(await site.party.getCustomSections({ principal: site.owner })).toEqual(own);
    expect((await site.party.getAdminConfig({ principal: site.owner })).customSections).toEqual(own);
    await ringAlarms(site.object);
    expect(await inD1(site)).toEqual([
      { tenant: site.subdomain, ...cooking, kind: "custom", sortOrder: 8 },
      expect.objectContaining({ id: events.id, href: "https://example.com/events", enabled: false }),
    ]);
  });

  test("hide and show the optional ones, and nothing else about them or the built-in ones changes", async () => {
    const { list, update, remove } = await givenSections("seedling");
    expect(await update("trails", { enabled: false })).toMatchObject({ id: "trails", enabled: false, locked: null });
    expect((await list()).find(({ id }) => id === "trails")?.enabled).toBe(false);
    expect(await update("trails", { enabled: true })).toMatchObject({ enabled: true });
    for (const [id, changes] of [
      ["posts", { enabled: false }],
      ["dashboard", { label: "Home" }],
      ["trails", { label: "Paths" }],
      ["trails", { enabled: false, href: "/elsewhere" }],
    ] as const)
      expect(await refusal(update(id, changes))).toMatchObject({ code: "forbidden" });
    for (const id of ["settings", "timeline"]) expect(await refusal(remove(id))).toMatchObject({ code: "forbidden" });
    expect((await list()).map(({ label }) => label)).toEqual(DEFAULT_SECTIONS.map(({ label }) => label));
  });

  test("that do not exist are neither changed nor removed", async () => {
    const { update, remove } = await givenSections();
    const id = newId("section");
    expect(await refusal(update(id, { label: "Mine" }))).toMatchObject({ code: "not_found" });
    expect(await refusal(remove(id))).toMatchObject({ code: "not_found" });
  });

  test("lead nowhere but to paths of the site and https addresses, and have icons that exist", async () => {
    const { add, update } = await givenSections();
    for (const section of [
      { href: "javascript:alert(1)" },
      { href: "//evil.example" },
      { href: "http://plain.example" },
      { href: "/a\\b" },
      { icon: "Leaf" },
      { icon: "<svg>" },
      { label: " " },
      { label: "x".repeat(41) },
    ])
      expect(await refusal(add(section))).toMatchObject({ code: "bad_request" });
    const { id } = await add();
    for (const attempt of [add({ icon: "no-such-icon" }), update(id, { icon: "no-such-icon" })])
      expect(await refusal(attempt)).toMatchObject({ code: "unprocessable", issues: [{ path: ["icon"] }] });
  });

  test("are the owner's and the operators' alone", async () => {
    const { site, by, add } = await givenSections();
    const { id } = await add();
    const ids = [...DEFAULT_IDS, id];
    const members = await Promise.all(
      (["editor", "author", "reader"] as const).map(async (role) => await givenMember(site, role)),
    );
    for (const principal of [...members, person()]) {
      const { list, add: adding, update, remove, reorder } = by(principal);
      const attempts = [list(), adding(), update(id, { label: "Mine" }), remove(id), reorder(ids.toReversed())];
      for (const attempt of attempts) expect(await refusal(attempt)).toMatchObject({ code: "forbidden" });
      expect(await refusal(site.party.getCustomSections({ principal }))).toMatchObject({ code: "forbidden" });
    }
    const anonymous = { kind: "anonymous" as const };
    expect(await refusal(site.party.listSections({ principal: anonymous }))).toMatchObject({ code: "unauthenticated" });
    expect((await by(operator()).list()).map((section) => section.id)).toEqual(ids);
  });

  test("are in the sidebar of all who write on the site, and of nobody else", async () => {
    const { site, list } = await givenSections();
    const sidebarOf = async (principal: UserPrincipal) => await site.party.getSidebar({ principal });
    for (const role of ["editor", "author"] as const)
      expect(await sidebarOf(await givenMember(site, role))).toEqual(await list());
    for (const principal of [await givenMember(site, "reader"), person()])
      expect(await refusal(sidebarOf(principal))).toMatchObject({ code: "forbidden" });
  });

  test("change the site's version, so that other open dashboards look again", async () => {
    const { site, add } = await givenSections();
    const socket = await site.join(site.owner);
    await add();
    expect(await socket.next("config_changed")).toMatchObject({ version: 2 });
  });
});

describe("a site's tier", () => {
  test.each([
    ["seedling", 0, "sapling", "Seedling sites may have no custom sections; Sapling sites 2 custom sections"],
    ["sapling", 2, "oak", "Sapling sites may have 2 custom sections; Oak sites 10 custom sections"],
    ["oak", 10, "evergreen", "Oak sites may have 10 custom sections; Evergreen sites any number"],
  ] as const)(
    "%s allows %i sections of the site's own, and says that %s allows more",
    async (tier, limit, next, words) => {
      const { add, list } = await givenSections(tier);
      for (let nth = 1; nth <= limit; nth += 1) await add({ label: `Section ${nth}` });
      const refused = await refusal(add());
      expect(refused).toMatchObject({ code: "forbidden", details: { limit, tier, unlockedBy: next } });
      expect(refused.message).toContain(words);
      expect(await list()).toHaveLength(DEFAULT_IDS.length + limit);
    },
  );

  test("evergreen allows more than ten, up to a thousand of all kinds", async () => {
    const { site, add, ids } = await givenSections("evergreen");
    await runInDurableObject(site.object, (_, { storage }) => {
      for (let nth = 1; nth < 992; nth += 1)
        storage.sql.exec(
          `INSERT INTO sections (id, kind, label, icon, href, enabled, sort_order)
           VALUES (?, 'custom', 'Recipes', 'leaf', '/recipes', 1, ?)`,
          newId("section"),
          100 + nth,
        );
    });
    await add();
    const refused = await refusal(add());
    expect(refused).toMatchObject({ code: "forbidden", details: { limit: 992, unlockedBy: null } });
    const all = await ids();
    expect(all).toHaveLength(1_000);
    const backwards = all.toReversed();
    const order = await site.party.reorderSections({ principal: site.owner, ids: backwards });
    expect(order.map(({ id }) => id)).toEqual(backwards);
  });

  test("sapling has ten icons, oak all of Lucide's, evergreen also the site's own images", async () => {
    const { site, add, update, setTier } = await givenSections("sapling");
    const image = await givenImage(site);
    const { id } = await add({ icon: FEW_ICONS[0] });
    const toOak = { code: "forbidden", details: { limit: "few", tier: "sapling", unlockedBy: "oak" } };
    expect(await refusal(add({ icon: "utensils" }))).toMatchObject(toOak);
    expect(await refusal(update(id, { icon: "utensils" }))).toMatchObject(toOak);
    await setTier("oak");
    expect(await update(id, { icon: "utensils" })).toMatchObject({ icon: "utensils", tier: "oak" });
    expect(await refusal(update(id, { icon: image }))).toMatchObject({
      code: "forbidden",
      details: { limit: "all", tier: "oak", unlockedBy: "evergreen" },
    });
    await setTier("evergreen");
    expect(await update(id, { icon: image })).toMatchObject({ icon: image, tier: "evergreen" });
    expect(await add({ icon: image })).toMatchObject({ icon: image, enabled: true });
  });

  test("evergreen takes no image of another site, none that is not stored yet, and none that never was", async () => {
    const { site, add } = await givenSections("evergreen");
    const elsewhere = await givenImage((await givenSections("evergreen")).site);
    const coming = await givenImage(site, { stored: false });
    const otherwise = (await givenImage(site)).replace(".png", ".gif");
    for (const icon of [elsewhere, coming, otherwise, `/images/${newId("image")}.png`, "/images/x.png"])
      expect(await refusal(add({ icon }))).toMatchObject({ code: "unprocessable" });
  });

  test("that is lowered keeps all sections, shows those past it as off and why, and gives them back when raised", async () => {
    const { list, add, update, setTier } = await givenSections("evergreen");
    const first = await add({ label: "First", icon: "utensils" });
    await add({ label: "Second" });
    const third = await add({ label: "Third", enabled: false });
    const own = async () =>
      (await list())
        .slice(DEFAULT_IDS.length)
        .map(({ label, enabled, locked, tier }) => [label, enabled, tier, locked]);
    const all = [
      ["First", true, "oak", null],
      ["Second", true, "sapling", null],
      ["Third", false, "oak", null],
    ];
    expect(await own()).toEqual(all);
    await setTier("sapling");
    expect(await own()).toEqual([
      ["First", false, "oak", expect.stringContaining("Oak sites any of Lucide's icons")],
      ["Second", true, "sapling", null],
      ["Third", false, "oak", expect.stringContaining("Oak sites 10 custom sections")],
    ]);
    const unlockedBy = { code: "forbidden", details: { unlockedBy: "oak" } };
    expect(await refusal(update(third.id, { enabled: true }))).toMatchObject(unlockedBy);
    expect(await refusal(update(first.id, { enabled: true }))).toMatchObject(unlockedBy);
    // What is only put aside can still be called otherwise, or get an icon that the tier has.
    expect(await update(third.id, { label: "Last" })).toMatchObject({ label: "Last", enabled: false });
    expect(await update(first.id, { icon: "leaf" })).toMatchObject({ enabled: true, locked: null });
    await setTier("seedling");
    expect((await own()).map(([, enabled]) => enabled)).toEqual([false, false, false]);
    await setTier("oak");
    expect((await own()).map(([label, enabled]) => [label, enabled])).toEqual([
      ["First", true],
      ["Second", true],
      ["Last", false],
    ]);
  });

  test("locks by place: whoever puts another section first, gets that one", async () => {
    const { ids, add, reorder, setTier } = await givenSections("oak");
    for (const label of ["a", "b", "c"]) await add({ label });
    await setTier("sapling");
    const [c = "", ...rest] = (await ids()).toReversed();
    const order = await reorder([c, ...rest.toReversed()]);
    const own = order.filter(({ kind }) => kind === "custom");
    expect(own.map(({ label, enabled }) => [label, enabled])).toEqual([
      ["c", true],
      ["a", true],
      ["b", false],
    ]);
  });

  test("does not unlock what was limited for the site alone", async () => {
    const { add, setTier } = await givenSections("oak");
    await setTier("oak", { customSections: 1, sectionIcons: "few" });
    expect(await refusal(add({ icon: "utensils" }))).toMatchObject({ details: { limit: "few", unlockedBy: null } });
    await add();
    const refused = await refusal(add());
    expect(refused).toMatchObject({ code: "forbidden", details: { limit: 1, tier: "oak", unlockedBy: null } });
    expect(refused.message).toBe("This site may have 1 custom section");
  });
});

describe("an order", () => {
  test("is kept for sections of every kind, through an eviction and in D1", async () => {
    useClock();
    const { site, ids, add, reorder, list } = await givenSections();
    await add();
    const wanted = (await ids()).toReversed();
    expect((await reorder(wanted)).map(({ id }) => id)).toEqual(wanted);
    await hibernate(site.object);
    expect((await list()).map(({ id, sortOrder }) => [id, sortOrder])).toEqual(wanted.map((id, index) => [id, index]));
    await ringAlarms(site.object);
    const stored = new Map((await inD1(site)).map(({ id, sortOrder }) => [id, sortOrder]));
    // What has kept its place in the middle was never moved.
    for (const [id, sortOrder] of stored) expect(sortOrder).toBe(wanted.indexOf(id));
    expect(stored.size).toBe(8);
    const added = await add({ label: "Last" });
    expect((await ids()).at(-1)).toBe(added.id);
  });

  test("names each section once", async () => {
    const { ids, add, reorder } = await givenSections();
    await add();
    const all = await ids();
    const [, ...withoutDashboard] = all;
    for (const wrong of [[], withoutDashboard, [...all, "dashboard"], [...all, "elsewhere"], all.map(() => "posts")])
      expect(await refusal(reorder(wrong))).toMatchObject({ code: "unprocessable", issues: [{ path: ["ids"] }] });
    expect(await ids()).toEqual(all);
  });

  test("of sections that have come or gone meanwhile is refused with those that there are", async () => {
    const { list, ids, add, remove, reorder } = await givenSections();
    const before = await ids();
    const { id } = await add();
    const withIt = await ids();
    expect(await refusal(reorder(before.toReversed()))).toMatchObject({
      code: "conflict",
      details: { sections: await list() },
    });
    await remove(id);
    expect(await refusal(reorder(withIt.toReversed()))).toMatchObject({
      code: "conflict",
      details: { sections: await list() },
    });
    expect(await ids()).toEqual(before);
  });

  test("is one of those that were asked for at once, whole", async () => {
    const { site, by, ids, add, list } = await givenSections();
    for (const label of ["a", "b", "c"]) await add({ label });
    const all = await ids();
    const orders = all.map((_, turn) => [...all.slice(turn), ...all.slice(0, turn)]);
    const answers = await Promise.all(
      orders.map(async (order, turn) => await by(turn % 2 === 0 ? site.owner : operator()).reorder(order)),
    );
    expect(answers.map((answer) => answer.map(({ id }) => id))).toEqual(orders);
    const result = await list();
    expect(orders).toContainEqual(result.map(({ id }) => id));
    expect(result.map(({ sortOrder }) => sortOrder)).toEqual(all.map((_, index) => index));
  });

  test("races with an addition: either the order is refused, or the new section comes last", async () => {
    const { ids, add, reorder } = await givenSections();
    const wanted = (await ids()).toReversed();
    const [ordered, added] = await Promise.allSettled([reorder(wanted), add()]);
    if (added.status === "rejected") throw added.reason;
    const after = await ids();
    expect(after.at(-1)).toBe(added.value.id);
    const before = ordered.status === "fulfilled" ? wanted : wanted.toReversed();
    expect(after.slice(0, -1)).toEqual(before);
  });
});

describe("what D1 has of sections", () => {
  test.each(["before", "after"] as const)(
    "is the last state of each, when D1 breaks %s it took effect and the party crashes",
    async (fault) => {
      const clock = useClock();
      const { site, add, update, remove, reorder, ids } = await givenSections();
      const faults = breakD1(`tenant:${site.subdomain}`);
      faults.fail(fault);
      const kept = await add({ label: "One" });
      const removed = await add({ label: "Gone" });
      await ringAlarms(site.object);
      await crash(site.object);
      await update(kept.id, { label: "Two" });
      await remove(removed.id);
      clock.advance(10 * 60_000);
      await ringAlarms(site.object);
      await crash(site.object);
      const [first = "", ...rest] = (await ids()).toReversed();
      await reorder([first, ...rest.toReversed()]);
      faults.heal();
      clock.advance(10 * 60_000);
      await ringAlarms(site.object);
      const stored = await inD1(site);
      expect(stored[0]).toMatchObject({ id: kept.id, label: "Two", sortOrder: 0 });
      expect(stored.map(({ id }) => id)).toEqual([kept.id, ...DEFAULT_IDS]);
    },
  );
});
