import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectBody, expectError, expectNothing } from "./contract-checks.ts";
import { draftConflictShape, draftShape, draftsShape, postShape, trailShape, trailsShape } from "./contract-shapes.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";

const DRAFTS = "/api/admin/drafts";
const TRAILS = "/api/admin/trails";

let stage: Glade;

beforeAll(async () => {
  stage = await openGlade();
});

afterAll(async () => {
  await stage.site.stop();
});

/** Asks as the site's owner. */
const ask = async (method: string, path: string, body?: unknown) =>
  await stage.call(method, path, { on: ON, token: stage.owner.accessToken, body });

const aSave = (content: string, baseRevision: number, deviceId = "laptop") => ({
  content,
  metadata: { title: "A walk" },
  deviceId,
  baseRevision,
});

describe("a draft", () => {
  test("is saved on a known revision, read, listed and deleted", async () => {
    const path = `${DRAFTS}/a-walk`;
    const first = expectBody(await ask("PUT", path, aSave("One.", 0)), 200, draftShape);
    const { baseRevision: _, ...sent } = aSave("One.", 0);
    expect(first).toEqual({ slug: "a-walk", ...sent, revision: 1, lastSaved: first.lastSaved });
    const second = expectBody(await ask("PUT", path, aSave("Two.", 1)), 200, draftShape);
    expect(second.revision).toBe(2);
    expect(expectBody(await ask("PUT", path, aSave("Two.", 1)), 200, draftShape)).toEqual(second);
    expect(expectBody(await ask("GET", path), 200, draftShape)).toEqual(second);
    const { drafts } = expectBody(await ask("GET", DRAFTS), 200, draftsShape);
    expect(drafts.map(({ slug, revision }) => [slug, revision])).toEqual([["a-walk", 2]]);
    expectNothing(await ask("DELETE", path));
    expectNothing(await ask("DELETE", path));
    expectError(await ask("GET", path), 404, "not_found");
  });

  test("that another device has saved is answered with both versions", async () => {
    const path = `${DRAFTS}/a-race`;
    const theirs = expectBody(await ask("PUT", path, aSave("Theirs.", 0, "phone")), 200, draftShape);
    const yours = aSave("Yours.", 0);
    const lost = expectBody(await ask("PUT", path, yours), 409, draftConflictShape);
    expect(lost).toMatchObject({ error: { code: "conflict" }, yours, theirs });
    expectError(await ask("DELETE", `${path}?revision=7`), 409, "conflict");
    expectNothing(await ask("DELETE", `${path}?revision=1`));
    const again = expectBody(await ask("PUT", path, aSave("Late.", 1)), 409, draftConflictShape);
    expect(again.theirs).toBeNull();
  });

  test("follows its post to a new address, and away", async () => {
    const post = await stage.writePost({ title: "Old name", content: "", slug: "old-name" });
    expectBody(await ask("PUT", `${DRAFTS}/old-name`, aSave("Unsaved.", 0)), 200, draftShape);
    const change = { revision: post.revision, slug: "other-name" };
    expectBody(await ask("PATCH", `/api/posts/${post.id}`, change), 200, postShape);
    expectError(await ask("GET", `${DRAFTS}/old-name`), 404, "not_found");
    const moved = expectBody(await ask("GET", `${DRAFTS}/other-name`), 200, draftShape);
    expect(moved).toMatchObject({ content: "Unsaved.", revision: 1 });
    expectNothing(await ask("DELETE", `/api/posts/${post.id}`));
    expectError(await ask("GET", `${DRAFTS}/other-name`), 404, "not_found");
  });

  test("is up to a megabyte long, and refused with a code beyond it", async () => {
    const path = `${DRAFTS}/long`;
    const content = "森".repeat(333_333);
    expectBody(await ask("PUT", path, aSave(content, 0)), 200, draftShape);
    expect(expectBody(await ask("GET", path), 200, draftShape).content).toBe(content);
    const { issues } = expectError(await ask("PUT", path, aSave(`${content}森`, 1)), 422, "unprocessable");
    expect(issues?.[0]?.path).toEqual(["content"]);
    expectError(await ask("PUT", path, aSave("x".repeat(5_000_000), 1)), 413, "too_large");
    expectError(await ask("PUT", `${DRAFTS}/No_Slug`, aSave("x", 0)), 404, "not_found");
  });
});

describe("a trail", () => {
  test("is laid, walked, shown and deleted", async () => {
    const waypoints = [{ id: "start", title: "Start", status: "complete" }, { title: "Then" }];
    const made = expectBody(await ask("PUT", `${TRAILS}/sea`, { title: "To the sea", waypoints }), 200, trailShape);
    expect(made.waypoints.map(({ status }) => status)).toEqual(["complete", "planned"]);
    const path = `${TRAILS}/sea/waypoints/${made.waypoints[1]?.id}`;
    const walked = expectBody(await ask("PATCH", path, { status: "deferred" }), 200, trailShape);
    expect(walked.waypoints.map(({ status }) => status)).toEqual(["complete", "deferred"]);
    expect(expectBody(await ask("GET", `${TRAILS}/sea`), 200, trailShape)).toEqual(walked);
    const { trails } = expectBody(await ask("GET", TRAILS), 200, trailsShape);
    expect(trails).toEqual([{ slug: "sea", title: "To the sea", description: "", total: 2, complete: 1 }]);
    expect(expectBody(await stage.call("GET", "/api/trails", { on: ON }), 200, trailsShape).trails).toEqual(trails);
    expect(expectBody(await stage.call("GET", "/api/trails/sea", { on: ON }), 200, trailShape)).toEqual(walked);
    expectError(await ask("PATCH", `${TRAILS}/sea/waypoints/nowhere`, { status: "complete" }), 404, "not_found");
    expectError(await ask("PATCH", path, { status: "done" }), 422, "unprocessable");
    expectError(await ask("PUT", `${TRAILS}/sea`, { title: "" }), 422, "unprocessable");
    expectNothing(await ask("DELETE", `${TRAILS}/sea`));
    expectError(await ask("GET", `${TRAILS}/sea`), 404, "not_found");
  });
});

test("drafts and trails are nobody else's", async () => {
  for (const [method, path, body] of [
    ["GET", DRAFTS],
    ["GET", `${DRAFTS}/x`],
    ["PUT", `${DRAFTS}/x`, aSave("x", 0)],
    ["DELETE", `${DRAFTS}/x`],
    ["GET", TRAILS],
    ["GET", `${TRAILS}/x`],
    ["PUT", `${TRAILS}/x`, { title: "x" }],
    ["PATCH", `${TRAILS}/x/waypoints/y`, { status: "complete" }],
    ["DELETE", `${TRAILS}/x`],
  ] as const) {
    expectError(await stage.call(method, path, { on: ON, body }), 401, "unauthenticated");
    const refused = await stage.call(method, path, { on: ON, token: stage.reader.accessToken, body });
    expect(expectError(refused, 403, "forbidden").message).toMatch(/this site$/);
  }
});
