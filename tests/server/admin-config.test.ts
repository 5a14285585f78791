import { describe, expect, test } from "vitest";
import type { AdminConfig } from "../../schema/http/admin/config.ts";
import { type Tenant, TIER_LIMITS } from "../../schema/http/tenants.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, givenPeople, makeSite, refusal, signInAs } from "./support.ts";

withD1Migrations();

const PATH = "/api/admin/config";

describe("the configuration of a site", () => {
  test("is all that its owner sets, with what they may not", async () => {
    const { host, subdomain, owner } = await makeSite();
    const response = await call("GET", PATH, { host, token: owner.token });
    expect([response.status, await response.json<AdminConfig>()]).toEqual([
      200,
      {
        subdomain,
        displayName: "Olive & Sons",
        tier: "seedling",
        theme: { accent: "moss", font: "literata" },
        font: "literata",
        features: { comments: true, commentPolicy: "everyone", reactionCounts: "public" },
        limits: TIER_LIMITS.seedling,
        timeZone: "UTC",
        version: 1,
        editorPreferences: { autoSaveInterval: 30, zenMode: false },
        customSections: [],
      },
    ]);
  });

  test("changes in what is named, and everybody sees it with their next request", async () => {
    const { host, owner } = await makeSite();
    const put = async (body: object) =>
      await (await call("PUT", PATH, { host, token: owner.token, body })).json<AdminConfig>();
    const changes = {
      displayName: "  Olive’s  ",
      font: "inter",
      theme: { accent: "plum" },
      features: { reactionCounts: "authors" },
      timeZone: "Europe/Berlin",
      editorPreferences: { zenMode: true },
    };
    expect(await put(changes)).toMatchObject({
      displayName: "Olive’s",
      font: "inter",
      theme: { accent: "plum", font: "inter" },
      features: { comments: true, commentPolicy: "everyone", reactionCounts: "authors" },
      timeZone: "Europe/Berlin",
      editorPreferences: { autoSaveInterval: 30, zenMode: true },
      version: 2,
    });
    const shown = await (await call("GET", "/api/tenant", { host })).json<Tenant>();
    expect(shown).toMatchObject({ displayName: "Olive’s", theme: { accent: "plum", font: "inter" }, version: 2 });
    // Nothing that is new is no new version.
    expect(await put({ displayName: "Olive’s" })).toMatchObject({ version: 2 });
    expect(await put({})).toMatchObject({ version: 2 });
  });

  test("is not changed by what makes no sense", async () => {
    const { host, owner } = await makeSite();
    for (const body of [
      { subdomain: "other" },
      { displayName: "" },
      { displayName: "x".repeat(81) },
      { theme: { accent: "neon" } },
      { theme: { css: "body{}" } },
      { font: "comic-sans" },
      { features: { comments: "yes" } },
      { timeZone: "Middle/Earth" },
      { editorPreferences: { autoSaveInterval: 0 } },
      { customSections: [] },
      { version: 7 },
      [],
    ])
      expect(await refusal(await call("PUT", PATH, { host, token: owner.token, body }))).toBe("422 unprocessable");
    expect(await refusal(await call("PUT", PATH, { host, token: owner.token, body: "{" }))).toBe("400 bad_request");
    expect(await (await call("GET", PATH, { host, token: owner.token })).json()).toMatchObject({ version: 1 });
  });

  test("has a tier and limits that only those who run the service set", async () => {
    const { host, owner } = await makeSite();
    const operator = await signInAs("admin");
    const put = async (token: string, body: object) => await call("PUT", PATH, { host, token, body });
    for (const body of [{ tier: "evergreen" }, { limits: { members: 9 } }, { limits: null, displayName: "Mine" }])
      expect(await refusal(await put(owner.token, body))).toBe("403 forbidden");
    const raised = await put(operator.token, { tier: "oak", limits: { members: 9 } });
    expect(await raised.json()).toMatchObject({ tier: "oak", limits: { ...TIER_LIMITS.oak, members: 9 } });
    const seen = await (await call("GET", PATH, { host, token: owner.token })).json<AdminConfig>();
    expect(seen).toMatchObject({ displayName: "Olive & Sons", tier: "oak", version: 2 });
  });

  test("is nobody else's", async () => {
    const site = await makeSite();
    const { host } = site;
    for (const [method, body] of [
      ["GET", undefined],
      ["PUT", { displayName: "Mine" }],
    ] as const) {
      expect(await refusal(await call(method, PATH, { host, body }))).toBe("401 unauthenticated");
      for (const { token } of await givenPeople(site))
        expect(await refusal(await call(method, PATH, { host, token, body }))).toBe("403 forbidden");
    }
    const { owner } = site;
    expect(await refusal(await call("GET", PATH, { token: owner.token }))).toBe("404 not_found");
    const nowhere = `nobody-${crypto.randomUUID().slice(0, 8)}.localhost`;
    expect(await refusal(await call("GET", PATH, { host: nowhere, token: owner.token }))).toBe("404 not_found");
    const foreign = { host, cookie: owner.cookie, origin: "https://evil.example", body: { displayName: "Mine" } };
    expect(await refusal(await call("PUT", PATH, foreign))).toBe("403 forbidden");
  });
});
