import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { CallReply, CallRequest } from "../../parties/kernel/naming.ts";
import { Party } from "../../parties/kernel/party.ts";
import { toWire } from "../../parties/kernel/wire-errors.ts";
import { PartyError } from "../../schema/errors.ts";
import { DEFAULT_SECTIONS, type Section } from "../../schema/http/admin/sections.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { type Call, call, givenPeople, makeSite, refusal, signInAs, type Someone } from "./support.ts";

withD1Migrations();

const PATH = "/api/admin/sections";
const RECIPES = { label: "Recipes", icon: "chef-hat", href: "/recipes" };

interface Sections {
  sections: Section[];
}

/** A site of a tier, and what its owner asks of its sections. */
async function givenSections(tier: string) {
  const site = await makeSite();
  const operator = await signInAs("admin");
  await call("PUT", "/api/admin/config", { host: site.host, token: operator.token, body: { tier } });
  const ask = async (method: string, path = "", body?: unknown, more: Call = {}) =>
    await call(method, `${PATH}${path}`, { host: site.host, token: site.owner.token, body, ...more });
  const list = async () => (await (await ask("GET")).json<Sections>()).sections;
  return { site, operator, ask, list };
}

describe("the sections of a site", () => {
  test("are listed, added, changed, put in order and removed by its owner", async () => {
    const { ask, list } = await givenSections("sapling");
    const added = await ask("POST", "", RECIPES);
    const recipes = await added.json<Section>();
    expect([added.status, recipes]).toEqual([
      201,
      {
        ...RECIPES,
        id: expect.stringMatching(/^sec_/) as string,
        kind: "custom",
        enabled: true,
        tier: "sapling",
        sortOrder: 8,
        locked: null,
      },
    ]);
    const changed = await ask("PUT", `/${recipes.id}`, { label: "Cooking", enabled: false });
    expect([changed.status, await changed.json()]).toEqual([200, { ...recipes, label: "Cooking", enabled: false }]);
    expect(await (await ask("PUT", "/analytics", { enabled: false })).json()).toMatchObject({ enabled: false });
    const ids = (await list()).map(({ id }) => id).toReversed();
    const reordered = await ask("POST", "/reorder", { ids });
    const { sections } = await reordered.json<Sections>();
    expect([reordered.status, sections.map(({ id }) => id)]).toEqual([200, ids]);
    expect(await list()).toEqual(sections);
    const removed = await ask("DELETE", `/${recipes.id}`);
    expect([removed.status, await removed.text()]).toEqual([204, ""]);
    expect((await list()).map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await refusal(await ask("DELETE", `/${recipes.id}`))).toBe("404 not_found");
    expect(await refusal(await ask("PUT", "/no-such-section", { enabled: false }))).toBe("404 not_found");
  });

  test("are refused past the tier's limit, with what would unlock more", async () => {
    const { ask } = await givenSections("seedling");
    const response = await ask("POST", "", RECIPES);
    expect([response.status, await response.json()]).toEqual([
      403,
      {
        limit: 0,
        tier: "seedling",
        unlockedBy: "sapling",
        error: {
          code: "forbidden",
          message: "Seedling sites may have no custom sections; Sapling sites 2 custom sections",
          traceId: expect.any(String) as string,
        },
      },
    ]);
  });

  test("are not what makes no sense, and the built-in ones stay", async () => {
    const { ask, list } = await givenSections("oak");
    const before = await list();
    for (const [method, path, body] of [
      ["POST", "", { ...RECIPES, href: "javascript:alert(1)" }],
      ["POST", "", { ...RECIPES, icon: "no-such-icon" }],
      ["POST", "", { ...RECIPES, id: "posts" }],
      ["POST", "", { label: "Recipes" }],
      ["PUT", "/trails", { kind: "custom" }],
      ["POST", "/reorder", { ids: ["posts"] }],
      ["POST", "/reorder", { ids: before.map(() => "posts") }],
      ["POST", "/reorder", { ids: Array.from({ length: 1_001 }, (_, index) => `${index}`) }],
      ["POST", "/reorder", {}],
    ] as const)
      expect(await refusal(await ask(method, path, body))).toBe("422 unprocessable");
    expect(await refusal(await ask("DELETE", "/dashboard"))).toBe("403 forbidden");
    expect(await refusal(await ask("PUT", "/dashboard", { enabled: false }))).toBe("403 forbidden");
    expect(await list()).toEqual(before);
  });

  test("in an order that is out of date are answered as they are now", async () => {
    const { ask, list } = await givenSections("oak");
    const ids = (await list()).map(({ id }) => id);
    await ask("POST", "", RECIPES);
    const refused = await ask("POST", "/reorder", { ids });
    expect([refused.status, await refused.json()]).toEqual([
      409,
      { sections: await list(), error: expect.objectContaining({ code: "conflict" }) as object },
    ]);
  });

  test("are nobody else's, but for those who run the service", async () => {
    const { site, operator, ask } = await givenSections("oak");
    const { id } = await (await ask("POST", "", RECIPES)).json<Section>();
    const people = await givenPeople(site);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["POST", "", RECIPES],
      ["PUT", `/${id}`, { label: "Mine" }],
      ["DELETE", `/${id}`, undefined],
      ["POST", "/reorder", { ids: [] }],
    ] as const) {
      expect(await refusal(await call(method, `${PATH}${path}`, { host: site.host, body }))).toBe(
        "401 unauthenticated",
      );
      for (const { token } of people)
        expect(await refusal(await ask(method, path, body, { token }))).toBe("403 forbidden");
    }
    const { token } = operator;
    expect(await (await ask("PUT", `/${id}`, { label: "Ours" }, { token })).json()).toMatchObject({ label: "Ours" });
  });
});

describe("the pages of a site's app", () => {
  /** The labels of the sidebar, as the server has written it. */
  const sidebarOf = async ({ host, owner }: { host: string; owner: Someone }) => {
    const page = await (await call("GET", "/admin/settings", { host, token: owner.token })).text();
    const [, nav = ""] = /<nav [^>]*id="sidebar-nav"[^>]*>(.*?)<\/nav>/s.exec(page) ?? [];
    return [...nav.matchAll(/<span>([^<]+)<\/span>/g)].map(([, label]) => label);
  };

  test("show the sections in their order, without those that are hidden", async () => {
    const { site, ask } = await givenSections("oak");
    const { id } = await (await ask("POST", "", RECIPES)).json<Section>();
    await ask("PUT", "/timeline", { enabled: false });
    await ask("POST", "/reorder", { ids: [id, ...DEFAULT_SECTIONS.map((section) => section.id)] });
    const shown = ["Recipes", "Dashboard", "Blog Posts", "Pages", "Images", "Settings", "Analytics", "Trails"];
    expect((await sidebarOf(site)).slice(0, shown.length)).toEqual(shown);
  });

  test("show those that every site has while the site's party does not answer", async () => {
    const { site, ask } = await givenSections("oak");
    await ask("POST", "", RECIPES);
    const real = Party.prototype.call;
    const spy = vi.spyOn(Party.prototype, "call").mockImplementation(async function call(
      this: InstanceType<typeof Party>,
      request: CallRequest,
    ): Promise<CallReply> {
      if (request.method !== "getSidebar") return await real.call(this, request);
      return { ok: false, error: toWire(new PartyError("unavailable"), request.traceId) };
    });
    onTestFinished(() => spy.mockRestore());
    const shown = await sidebarOf(site);
    expect(shown.slice(0, 5)).toEqual(["Dashboard", "Blog Posts", "Pages", "Images", "Settings"]);
    expect(shown).not.toContain("Recipes");
  });
});
