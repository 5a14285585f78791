import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aPng } from "../helpers/images.ts";
import { expectBody, expectError, expectNothing } from "./contract-checks.ts";
import {
  imageShape,
  imagesShape,
  invitationsShape,
  madeInvitationShape,
  memberShape,
  membersShape,
  offerShape,
  sitePageShape,
  sitePagesShape,
  usesShape,
} from "./contract-shapes.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";
import { newcomer, type Reply } from "./wire.ts";

let stage: Glade;

beforeAll(async () => {
  stage = await openGlade();
});

afterAll(async () => {
  await stage.site.stop();
});

/** Asks as the site's owner unless told who. */
const ask = async (method: string, path: string, body?: unknown, token = stage.owner.accessToken): Promise<Reply> =>
  await stage.call(method, path, { on: ON, token, body });
const asAnyone = async (method: string, path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  await stage.call(method, path, { on: ON, headers });

async function invite(role: string) {
  const made = expectBody(await ask("POST", "/api/admin/invitations", { role, note: "Bea" }), 201, madeInvitationShape);
  return { ...made, path: `/api${new URL(made.url).pathname}` };
}

describe("the members of a site", () => {
  test("come by a link, are changed by its owner, and leave", async () => {
    const bea = await newcomer(stage.site, "Bea");
    const { path, url, id } = await invite("editor");
    expect(new URL(url).origin).toBe(stage.site.origin(ON));
    expect(expectBody(await ask("GET", "/api/admin/invitations"), 200, invitationsShape).invitations).toMatchObject([
      { id, role: "editor", note: "Bea" },
    ]);
    expect(expectBody(await asAnyone("GET", path), 200, offerShape)).toMatchObject({
      role: "editor",
      displayName: "The glade",
    });
    const accept = async (token: string) => await ask("POST", `${path}/accept`, undefined, token);
    expectError(await asAnyone("POST", `${path}/accept`), 401, "unauthenticated");
    const joined = expectBody(await accept(bea.accessToken), 200, memberShape);
    expect(joined).toMatchObject({ person: { id: bea.userId, name: "Bea" }, role: "editor" });
    expect(expectBody(await accept(bea.accessToken), 200, memberShape)).toEqual(joined);
    expectError(await accept(stage.reader.accessToken), 410, "gone");
    const { members } = expectBody(await ask("GET", "/api/admin/members"), 200, membersShape);
    expect(members.map(({ person, role }) => [person.name, role])).toEqual([
      ["Olive", "owner"],
      ["Bea", "editor"],
    ]);
    const one = `/api/admin/members/${bea.userId}`;
    expect(expectBody(await ask("PATCH", one, { role: "author" }), 200, memberShape).role).toBe("author");
    expectError(await ask("PATCH", `/api/admin/members/${stage.owner.userId}`, { role: "editor" }), 409, "conflict");
    expectNothing(await ask("DELETE", one, undefined, bea.accessToken));
    expectError(await ask("DELETE", one), 404, "not_found");
  });

  test("are invited as far as the tier allows, and invitations can be taken back", async () => {
    const open = [await invite("reader"), await invite("author")];
    const refused = await ask("POST", "/api/admin/invitations", { role: "reader" });
    expectError(refused, 403, "forbidden");
    expect(refused.json).toMatchObject({ limit: 3, tier: "seedling", unlockedBy: "sapling" });
    for (const { id } of open) expectNothing(await ask("DELETE", `/api/admin/invitations/${id}`));
    expectError(await asAnyone("GET", open[0]?.path ?? ""), 404, "not_found");
    expectError(await ask("POST", "/api/admin/invitations", { role: "owner" }), 422, "unprocessable");
  });
});

describe("the images of a site", () => {
  const upload = async (bytes: Uint8Array, headers: Record<string, string> = {}, query = "") =>
    await stage.call("POST", `/api/admin/images${query}`, {
      on: ON,
      token: stage.owner.accessToken,
      headers: { "content-type": "image/png", ...headers },
      body: bytes,
    });

  test("are uploaded, served for a year, found where they are used, and deleted", async () => {
    const bytes = aPng(40, 30);
    const image = expectBody(await upload(bytes, {}, "?name=hazel.png"), 201, imageShape);
    expect(image).toMatchObject({ name: "hazel.png", type: "png", width: 40, height: 30, size: bytes.length });
    const served = await asAnyone("GET", image.url);
    expect(served).toMatchObject({
      status: 200,
      headers: {
        "content-type": "image/png",
        "content-length": String(bytes.length),
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
      },
    });
    const etag = served.headers.etag ?? "";
    expect((await asAnyone("GET", image.url, { "if-none-match": etag })).status).toBe(304);
    expect((await asAnyone("GET", image.url, { range: "bytes=0-3" })).status).toBe(206);
    expect(expectBody(await ask("GET", "/api/admin/images"), 200, imagesShape).images).toEqual([image]);
    const post = await stage.writePost({ title: "With a picture", content: `![](${image.url})`, status: "published" });
    const one = `/api/admin/images/${image.id}`;
    expect(expectBody(await ask("GET", `${one}/uses`), 200, usesShape).uses).toEqual([
      { kind: "post", id: post.id, title: post.title, slug: post.slug },
    ]);
    expectNothing(await ask("DELETE", one));
    await expect.poll(async () => (await asAnyone("GET", image.url)).status).toBe(404);
    expectError(await ask("DELETE", one), 404, "not_found");
  });

  test("are what their bytes say, and no larger than the tier allows", async () => {
    expectError(await upload(new TextEncoder().encode("<svg/>")), 422, "unprocessable");
    const most = 2 * 1024 * 1024;
    const large = new Uint8Array(most + 1);
    large.set(aPng());
    const refused = await upload(large);
    expectError(refused, 413, "too_large");
    expect(refused.json).toMatchObject({ limit: most, tier: "seedling", unlockedBy: "sapling" });
    const form = new FormData();
    form.append("file", new File([large.subarray(0, most)], "large.png"));
    const encoded = new Response(form);
    const body = new Uint8Array(await encoded.arrayBuffer());
    const headers = { "content-type": encoded.headers.get("content-type") ?? "" };
    expect(expectBody(await upload(body, headers), 201, imageShape)).toMatchObject({ name: "large.png", size: most });
  });

  test("are there after a restart, and so are members and pages", async () => {
    const image = expectBody(await upload(aPng()), 201, imageShape);
    const page = expectBody(
      await ask("POST", "/api/admin/pages", { slug: "kept", title: "Kept", status: "published" }),
      201,
      sitePageShape,
    );
    await stage.site.restart();
    expect((await asAnyone("GET", image.url)).status).toBe(200);
    expect((await asAnyone("GET", `/${page.slug}`)).status).toBe(200);
    const { images } = expectBody(await ask("GET", "/api/admin/images"), 200, imagesShape);
    expect(images[0]).toEqual(image);
    expectNothing(await ask("DELETE", `/api/admin/pages/${page.id}`));
  });
});

describe("the pages of a site", () => {
  test("are written, put into the menu, changed at a known revision, and read by everybody", async () => {
    const body = { slug: "about", title: "About", content: "*Us*" };
    const page = expectBody(await ask("POST", "/api/admin/pages", body), 201, sitePageShape);
    expect(page).toMatchObject({ ...body, status: "draft", menuOrder: null, revision: 1 });
    expect((await asAnyone("GET", "/about")).status).toBe(404);
    const one = `/api/admin/pages/${page.id}`;
    const change = { revision: 1, status: "published", menuOrder: 0 };
    const changed = expectBody(await ask("PATCH", one, change), 200, sitePageShape);
    expect(changed).toMatchObject({ ...body, status: "published", menuOrder: 0, revision: 2 });
    const late = await ask("PATCH", one, { revision: 1, title: "Late" });
    expectError(late, 409, "conflict");
    expect(sitePageShape.parse((late.json as { page: unknown }).page)).toEqual(changed);
    expect((await asAnyone("GET", "/about")).text).toContain("<em>Us</em>");
    expect((await asAnyone("GET", "/api/tenant")).json).toMatchObject({ menu: [{ slug: "about", title: "About" }] });
    expect(expectBody(await ask("GET", one), 200, sitePageShape)).toEqual(changed);
    const { content: _, ...summary } = changed;
    expect(expectBody(await ask("GET", "/api/admin/pages"), 200, sitePagesShape).pages).toEqual([summary]);
    expectError(await ask("POST", "/api/admin/pages", body), 409, "conflict");
    expectError(await ask("POST", "/api/admin/pages", { ...body, slug: "api" }), 422, "unprocessable");
    expectNothing(await ask("DELETE", one));
    expect((await asAnyone("GET", "/about")).status).toBe(404);
  });
});

test("strangers see to none of it, and it stays as it is", async () => {
  const everything = async () =>
    await Promise.all(
      ["members", "invitations", "images", "pages"].map(async (what) => (await ask("GET", `/api/admin/${what}`)).json),
    );
  const before = await everything();
  for (const [method, path, body] of [
    ["GET", "/api/admin/members", undefined],
    ["PATCH", `/api/admin/members/${stage.owner.userId}`, { role: "reader" }],
    ["DELETE", `/api/admin/members/${stage.owner.userId}`, undefined],
    ["GET", "/api/admin/invitations", undefined],
    ["POST", "/api/admin/invitations", { role: "editor" }],
    ["DELETE", "/api/admin/invitations/inv_000000000000000000000", undefined],
    ["GET", "/api/admin/images", undefined],
    ["POST", "/api/admin/images", aPng()],
    ["DELETE", "/api/admin/images/img_000000000000000000000", undefined],
    ["GET", "/api/admin/images/img_000000000000000000000/uses", undefined],
    ["GET", "/api/admin/pages", undefined],
    ["POST", "/api/admin/pages", { slug: "mine", title: "Mine" }],
    ["GET", "/api/admin/pages/pag_000000000000000000000", undefined],
    ["PATCH", "/api/admin/pages/pag_000000000000000000000", { revision: 1, title: "Mine" }],
    ["DELETE", "/api/admin/pages/pag_000000000000000000000", undefined],
  ] as const) {
    expectError(await stage.call(method, path, { on: ON, body }), 401, "unauthenticated");
    expectError(await ask(method, path, body, stage.reader.accessToken), 403, "forbidden");
  }
  expect(await everything()).toEqual(before);
});
