import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBody, expectError, expectNothing } from "./contract-checks.ts";
import { adminConfigShape, sectionShape, sectionsShape, statsShape, tenantShape } from "./contract-shapes.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";
import { tokenFor } from "./harness.ts";

const BOSS = "boss@understory.example";
const RECIPES = { label: "Recipes", icon: "chef-hat", href: "/recipes" };

let stage: Glade;
let boss: string;

beforeAll(async () => {
  stage = await openGlade({ ADMIN_EMAILS: BOSS });
  boss = (await tokenFor(stage.site, { email: BOSS, name: "Grace" })).accessToken;
});

afterAll(async () => {
  await stage.site.stop();
});

/** Asks as the site's owner. */
const ask = async (method: string, path: string, body?: unknown) =>
  await stage.call(method, path, { on: ON, token: stage.owner.accessToken, body });

describe("a site's owner", () => {
  test("sets the configuration, and everybody sees what is public of it", async () => {
    const before = expectBody(await ask("GET", "/api/admin/config"), 200, adminConfigShape);
    const changes = {
      font: "inter",
      theme: { accent: "plum" },
      timeZone: "Europe/Berlin",
      editorPreferences: { zenMode: true },
    };
    const after = expectBody(await ask("PUT", "/api/admin/config", changes), 200, adminConfigShape);
    expect(after).toEqual({
      ...before,
      font: "inter",
      theme: { accent: "plum", font: "inter" },
      timeZone: "Europe/Berlin",
      editorPreferences: { autoSaveInterval: 30, zenMode: true },
      version: before.version + 1,
    });
    const shown = expectBody(await stage.call("GET", "/api/tenant", { on: ON }), 200, tenantShape);
    expect(shown).toMatchObject({ theme: after.theme, timeZone: "Europe/Berlin", version: after.version });
    const unknown = expectError(await ask("PUT", "/api/admin/config", { css: "" }), 422, "unprocessable");
    expect(unknown.issues?.length).toBeGreaterThan(0);
    expectError(await ask("PUT", "/api/admin/config", { tier: "oak" }), 403, "forbidden");
  });

  test("arranges sections as far as the tier allows", async () => {
    const refused = await ask("POST", "/api/admin/sections", RECIPES);
    expectError(refused, 403, "forbidden");
    expect(refused.json).toMatchObject({ limit: 0, tier: "seedling", unlockedBy: "sapling" });
    const tier = { on: ON, token: boss, body: { tier: "sapling" } };
    expectBody(await stage.call("PUT", "/api/admin/config", tier), 200, adminConfigShape);
    const recipes = expectBody(await ask("POST", "/api/admin/sections", RECIPES), 201, sectionShape);
    expect(recipes).toMatchObject({ ...RECIPES, enabled: true, kind: "custom", locked: null });
    const path = `/api/admin/sections/${recipes.id}`;
    const changed = expectBody(await ask("PUT", path, { enabled: false }), 200, sectionShape);
    expect(changed).toEqual({ ...recipes, enabled: false });
    const { sections } = expectBody(await ask("GET", "/api/admin/sections"), 200, sectionsShape);
    const ids = sections.map(({ id }) => id).toReversed();
    const reordered = expectBody(await ask("POST", "/api/admin/sections/reorder", { ids }), 200, sectionsShape);
    expect(reordered.sections.map(({ id }) => id)).toEqual(ids);
    expectError(await ask("POST", "/api/admin/sections/reorder", { ids: ["posts"] }), 422, "unprocessable");
    expectError(await ask("DELETE", "/api/admin/sections/posts"), 403, "forbidden");
    expectNothing(await ask("DELETE", path));
    const stale = await ask("POST", "/api/admin/sections/reorder", { ids });
    expectError(stale, 409, "conflict");
    const current = sectionsShape.parse({ sections: (stale.json as { sections: unknown }).sections });
    expect(current.sections.map(({ id }) => id)).toEqual(ids.filter((id) => id !== recipes.id));
  });

  test("sees the site's numbers, and has them counted anew", async () => {
    await stage.writePost({
      title: "A walk",
      content: "It's a well-known fact.",
      tags: ["woods"],
      status: "published",
    });
    const numbers = {
      postCount: 1,
      totalWords: 4,
      draftCount: 0,
      topTags: [{ tag: "woods", count: 1 }],
      storageUsed: 0,
    };
    expect(expectBody(await ask("GET", "/api/admin/stats"), 200, statsShape)).toMatchObject(numbers);
    expect(expectBody(await ask("POST", "/api/admin/stats/refresh"), 200, statsShape)).toMatchObject(numbers);
  });
});

test("nobody but the owner administers a site", async () => {
  for (const [method, path, body] of [
    ["GET", "/api/admin/config", undefined],
    ["PUT", "/api/admin/config", { displayName: "Mine" }],
    ["GET", "/api/admin/sections", undefined],
    ["POST", "/api/admin/sections", RECIPES],
    ["PUT", "/api/admin/sections/trails", { enabled: false }],
    ["DELETE", "/api/admin/sections/trails", undefined],
    ["POST", "/api/admin/sections/reorder", { ids: [] }],
    ["GET", "/api/admin/stats", undefined],
    ["POST", "/api/admin/stats/refresh", undefined],
  ] as const) {
    expectError(await stage.call(method, path, { on: ON, body }), 401, "unauthenticated");
    expectError(await stage.call(method, path, { on: ON, token: stage.reader.accessToken, body }), 403, "forbidden");
  }
  const config = expectBody(await ask("GET", "/api/admin/config"), 200, adminConfigShape);
  expect(config.displayName).toBe("The glade");
});
