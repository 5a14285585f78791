import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { tenantStub } from "../../parties/tenant/index.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import { type Image, imageKey, imageListSchema, imageSchema, imageUsesSchema } from "../../schema/http/admin/images.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { breakR2 } from "../helpers/faults.ts";
import { aJpeg, anAvif, aPng, IMAGES } from "../helpers/images.ts";
import { rowsOf } from "../helpers/objects.ts";
import { operator } from "../helpers/principals.ts";
import { call, joinSite, makeSite, refusal, type Someone, signIn, writePost } from "./support.ts";

withD1Migrations();

type TestSite = Awaited<ReturnType<typeof makeSite>>;
const PATH = "/api/admin/images";

/** Sends a body as it is. */
async function send(
  { host, owner }: TestSite,
  body: BodyInit,
  { by = owner, query = "", headers = {} }: { by?: Someone; query?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const all = { authorization: `Bearer ${by.token}`, ...headers };
  return await exports.default.fetch(
    new Request(`http://${host}${PATH}${query}`, { method: "POST", headers: all, body }),
  );
}

async function upload(site: TestSite, body: BodyInit = aPng(), by = site.owner): Promise<Image> {
  const response = await send(site, body, { by });
  expect(response.status).toBe(201);
  return imageSchema.parse(await response.json());
}

async function list({ host, owner }: TestSite): Promise<Image[]> {
  return imageListSchema.parse(await (await call("GET", PATH, { host, token: owner.token })).json()).images;
}

/** Sets what only operators may. */
async function configure({ host, subdomain }: TestSite, changes: object): Promise<void> {
  await call("GET", "/api/tenant", { host });
  const principal: UserPrincipal = operator();
  await tenantStub(env, { subdomain }).updateConfig({ principal, changes });
}

function formOf(bytes: Uint8Array<ArrayBuffer>, name = "hazel.png", more: [string, string | Blob][] = []): FormData {
  const form = new FormData();
  form.append("caption", "not a file");
  form.append("file", new File([bytes], name, { type: "text/html" }));
  for (const [key, value] of more) form.append(key, value);
  return form;
}

async function filesOf({ subdomain }: TestSite): Promise<string[]> {
  return (await env.Images.list({ prefix: `${subdomain}/` })).objects.map(({ key }) => key);
}

describe("an upload", () => {
  test.each(Object.entries(IMAGES))("of a %s is served as one, byte for byte", async (type, make) => {
    const site = await makeSite();
    const bytes = make(40, 30);
    const image = await upload(site, bytes);
    expect(image).toMatchObject({ type, width: 40, height: 30, size: bytes.length, name: "image" });
    expect(image.url).toBe(`/images/${image.id}.${type}`);
    const served = await call("GET", image.url, { host: site.host });
    expect(served.headers.get("content-type")).toBe(type === "jpg" ? "image/jpeg" : `image/${type}`);
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(bytes);
    expect(await list(site)).toEqual([image]);
  });

  test("may be a form with one file, and is called as that is", async () => {
    const site = await makeSite();
    const response = await send(site, formOf(aPng(), "C:\\pictures\\..\\hazel.png"));
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ name: "hazel.png", type: "png", uploaderId: site.owner.userId });
    const named = await send(site, aPng(), {
      query: `?name=${encodeURIComponent(`../\u0000\u202e${"é".repeat(200)}`)}`,
    });
    expect((await named.json<Image>()).name).toBe("é".repeat(120));
  });

  test("is what its bytes say, whatever it is called", async () => {
    const site = await makeSite();
    const html = new TextEncoder().encode("<!doctype html><script>alert(1)</script>");
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    const broken = aPng().slice(0, 12);
    const heic = anAvif(4, 3, "heic");
    for (const bytes of [html, svg, broken, heic, new Uint8Array(), new Uint8Array(100)]) {
      const headers = { "content-type": "image/png" };
      expect(await refusal(await send(site, bytes, { headers, query: "?name=a.png" }))).toBe("422 unprocessable");
      expect(await refusal(await send(site, formOf(bytes)))).toBe("422 unprocessable");
    }
    expect(await filesOf(site)).toEqual([]);
    const jpeg = await send(site, formOf(aJpeg(), "page.html"));
    expect(await jpeg.json()).toMatchObject({ type: "jpg", name: "page.html" });
  });

  test("of an image that lies on its side tells how it is shown", async () => {
    const site = await makeSite();
    expect(await upload(site, aJpeg(40, 30, 6))).toMatchObject({ width: 30, height: 40 });
    expect(await upload(site, aJpeg(40, 30, 3))).toMatchObject({ width: 40, height: 30 });
  });

  test("of more pixels than a browser can bear is refused, however small the file", async () => {
    const site = await makeSite();
    for (const [width, height] of [
      [12_001, 1],
      [1, 12_001],
      [12_000, 12_000],
      [0, 10],
      [4_294_967_295, 4_294_967_295],
    ] as const)
      expect(await refusal(await send(site, aPng(width, height)))).toBe("422 unprocessable");
    expect((await upload(site, aPng(12_000, 8_000))).width).toBe(12_000);
  });

  test("that is made to be slow to read is answered all the same", async () => {
    const site = await makeSite();
    await configure(site, { limits: { imageBytes: 4 * 1024 * 1024 } });
    const jpeg = new Uint8Array(3 * 1024 * 1024);
    jpeg.set([0xff, 0xd8, 0xff, 0xe0]);
    const boxes = anAvif();
    const ispe = boxes.slice(-20);
    const many = 2_900;
    const avif = new Uint8Array(boxes.length + many * 20);
    avif.set(boxes);
    for (let count = 0; count < many; count += 1) avif.set(ispe, boxes.length + count * 20);
    // The boxes around grow with what they hold.
    const view = new DataView(avif.buffer);
    const [meta, iprp, ipco] = [20, 32, 40];
    for (const offset of [meta, iprp, ipco]) view.setUint32(offset, view.getUint32(offset) + many * 20);
    const zeroes = anAvif();
    new DataView(zeroes.buffer).setUint32(zeroes.length - 20, 0);
    expect(await refusal(await send(site, jpeg))).toBe("422 unprocessable");
    expect((await send(site, avif)).status).toBe(201);
    expect(await refusal(await send(site, zeroes))).toBe("422 unprocessable");
  });

  test("as large as the tier allows goes through, and a byte more does not, however it is sent", async () => {
    const site = await makeSite();
    const most = 100_000;
    await configure(site, { limits: { imageBytes: most } });
    const sized = (size: number) => {
      const bytes = new Uint8Array(size);
      bytes.set(aPng());
      return bytes;
    };
    const streamed = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]).stream();
    expect((await send(site, sized(most))).status).toBe(201);
    expect((await send(site, formOf(sized(most)))).status).toBe(201);
    expect((await send(site, streamed(sized(most)))).status).toBe(201);
    for (const body of [sized(most + 1), formOf(sized(most + 1)), streamed(sized(most + 1)), sized(3_000_000)]) {
      const refused = await send(site, body);
      expect(refused.status).toBe(413);
      expect(await refused.json()).toMatchObject({ error: { code: "too_large" }, limit: most, tier: "seedling" });
    }
    expect(await filesOf(site)).toHaveLength(3);
  });

  test("over a megabyte is for images alone", async () => {
    const site = await makeSite();
    const bytes = new Uint8Array(1_500_000);
    bytes.set(aPng());
    expect((await send(site, bytes)).status).toBe(201);
    const { host, owner } = site;
    const body = JSON.stringify({ name: "x".repeat(1_500_000) });
    for (const [method, path] of [
      ["PUT", PATH],
      ["POST", `${PATH}/`],
      ["POST", "/api/posts"],
    ] as const)
      expect((await call(method, path, { host, token: owner.token, body })).status).toBe(413);
  });

  test("that is no form, or one of another number of files, is refused", async () => {
    const site = await makeSite();
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    expect(await refusal(await send(site, "nonsense", { headers }))).toBe("400 bad_request");
    expect(await refusal(await send(site, "x", { headers: { "content-type": "multipart/form-data" } }))).toBe(
      "400 bad_request",
    );
    const two = formOf(aPng(), "a.png", [["other", new File([aPng()], "b.png")]]);
    expect(await refusal(await send(site, two))).toBe("422 unprocessable");
    const none = new FormData();
    none.append("file", "text");
    expect(await refusal(await send(site, none))).toBe("422 unprocessable");
  });

  test("is for authors and up, and for no other origin's page", async () => {
    const site = await makeSite();
    const [author, reader, stranger] = [await joinSite(site, "author"), await joinSite(site, "reader"), await signIn()];
    expect((await upload(site, aPng(), author)).uploaderId).toBe(author.userId);
    for (const by of [reader, stranger]) expect(await refusal(await send(site, aPng(), { by }))).toBe("403 forbidden");
    const { host, owner } = site;
    expect(await refusal(await call("POST", PATH, { host, body: "x" }))).toBe("401 unauthenticated");
    const foreign = await call("POST", PATH, {
      host,
      cookie: owner.cookie,
      origin: "http://evil.localhost",
      body: "x",
    });
    expect(await refusal(foreign)).toBe("403 forbidden");
    expect(await filesOf(site)).toHaveLength(1);
  });

  test("counts against its own limit", async () => {
    const site = await makeSite();
    await configure(site, { limits: { uploadsPerHour: 2 } });
    await upload(site);
    expect(await refusal(await send(site, "no image"))).toBe("422 unprocessable");
    const refused = await send(site, aPng());
    expect(await refusal(refused)).toBe("429 rate_limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(await list(site)).toHaveLength(1);
  });

  test("of twenty at once for the last place there is makes exactly one image", async () => {
    const site = await makeSite();
    await configure(site, { limits: { images: 2 } });
    await upload(site);
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await send(site, aPng())).status));
    expect(answers.filter((status) => status === 201)).toHaveLength(1);
    expect(answers.filter((status) => status === 403)).toHaveLength(19);
    expect(await filesOf(site)).toHaveLength(2);
  });

  test.each(["before", "after"] as const)("that R2 fails on %s it took effect leaves nothing", async (fault) => {
    const site = await makeSite();
    const faults = breakR2("put");
    faults.fail(fault, 1);
    const refused = await send(site, aPng());
    expect(await refusal(refused)).toBe("503 unavailable");
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await rowsOf(env.Tenant.getByName(site.subdomain), "images")).toEqual([]);
    await expect.poll(async () => await filesOf(site)).toEqual([]);
    await upload(site);
  });
});

describe("an image's file", () => {
  test("is kept for a year, runs nothing, and may be shown anywhere", async () => {
    const site = await makeSite();
    const { url } = await upload(site);
    const { status, headers } = await call("GET", url, { host: site.host });
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "image/png",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cross-origin-resource-policy": "cross-origin",
      "accept-ranges": "bytes",
    });
  });

  test("is there again once R2 is", async () => {
    const site = await makeSite();
    const { url } = await upload(site);
    const faults = breakR2("get");
    faults.fail("before", 1);
    const read = async () => await call("GET", url, { host: site.host });
    expect(await refusal(await read())).toBe("503 unavailable");
    expect((await read()).status).toBe(200);
  });

  test("is not sent again to who has it", async () => {
    const site = await makeSite();
    const { url } = await upload(site);
    const ask = async (headers: Record<string, string>) => await call("GET", url, { host: site.host, headers });
    const etag = (await ask({})).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    const same = await ask({ "if-none-match": etag });
    expect([same.status, await same.text(), same.headers.get("etag")]).toEqual([304, "", etag]);
    expect(same.headers.get("cache-control")).toContain("immutable");
    expect((await ask({ "if-none-match": '"other"' })).status).toBe(200);
    expect((await ask({ "if-match": '"other"' })).status).toBe(412);
  });

  test("comes in parts to who asks for them", async () => {
    const site = await makeSite();
    const bytes = aPng();
    const { url } = await upload(site, bytes);
    const size = bytes.length;
    const ask = async (range: string) => await call("GET", url, { host: site.host, headers: { range } });
    for (const [range, from, to] of [
      ["bytes=0-9", 0, 9],
      ["bytes=10-", 10, size - 1],
      ["bytes=-5", size - 5, size - 1],
      [`bytes=10-${size + 100}`, 10, size - 1],
    ] as const) {
      const part = await ask(range);
      expect([range, part.status]).toEqual([range, 206]);
      expect(part.headers.get("content-range")).toBe(`bytes ${from}-${to}/${size}`);
      expect(part.headers.get("content-length")).toBe(String(to - from + 1));
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(from, to + 1));
    }
    for (const range of ["bytes=0-", "bytes=a-b", "lines=0-1", `bytes=-${size * 2}`, `bytes=${size}-`]) {
      const whole = await ask(range);
      expect([range, whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([range, 200, size]);
    }
  });

  test("is asked for by HEAD as by GET", async () => {
    const site = await makeSite();
    const { url, size } = await upload(site);
    const head = await call("HEAD", url, { host: site.host });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(String(size));
    expect(head.headers.get("content-type")).toBe("image/png");
  });

  test("is its own site's, under its own name", async () => {
    const [site, other] = [await makeSite(), await makeSite()];
    const { url, id } = await upload(site);
    for (const [host, path] of [
      [other.host, url],
      ["localhost", url],
      [site.host, url.replace(".png", ".gif")],
      [site.host, `/images/${id}`],
      [site.host, `/images/${id}.html`],
      [site.host, `/images/img_${"a".repeat(21)}.png`],
      [site.host, `/images/..%2F${other.subdomain}%2F${id}.png`],
      [`nobody-${crypto.randomUUID().slice(0, 8)}.localhost`, url],
    ] as const)
      expect([path, await refusal(await call("GET", path, { host }))]).toEqual([path, "404 not_found"]);
  });

  test("wakes no party and counts as no page, there or not", async () => {
    const site = await makeSite();
    const { url } = await upload(site);
    const wakes = await watchWakes();
    expect((await call("GET", url, { host: site.host, cookie: site.owner.cookie })).status).toBe(200);
    expect((await call("GET", `/images/img_${"a".repeat(21)}.png`, { host: site.host })).status).toBe(404);
    expect(wakes.all).toEqual([]);
  });

  test("is gone when the image is deleted", async () => {
    const site = await makeSite();
    const { url, id } = await upload(site);
    const { host, owner } = site;
    expect((await call("DELETE", `${PATH}/${id}`, { host, token: owner.token })).status).toBe(204);
    await expect.poll(async () => (await call("GET", url, { host })).status).toBe(404);
    expect(await list(site)).toEqual([]);
    expect(await refusal(await call("DELETE", `${PATH}/${id}`, { host, token: owner.token }))).toBe("404 not_found");
  });

  test("lies under its site's name in R2", async () => {
    const site = await makeSite();
    const { id } = await upload(site);
    expect(await filesOf(site)).toEqual([imageKey(site.subdomain, `${id}.png`)]);
  });
});

describe("where an image is used", () => {
  test("are the posts that show it, whatever their state, and no others", async () => {
    const site = await makeSite();
    const [image, other] = [await upload(site), await upload(site)];
    const shown = { content: `Look: ![A hazel](${image.url})` };
    const post = await writePost(site, { title: "Shown", ...shown });
    const draft = await writePost(site, { title: "Draft", status: "draft", ...shown });
    const deleted = await writePost(site, { title: "Deleted", ...shown });
    await writePost(site, { title: "Other", content: `![](${other.url})` });
    await writePost(await makeSite(), { title: "Elsewhere", ...shown });
    const { host, owner } = site;
    await call("DELETE", `/api/posts/${deleted.id}`, { host, token: owner.token });
    const usesOf = async (id: string) =>
      imageUsesSchema.parse(await (await call("GET", `${PATH}/${id}/uses`, { host, token: owner.token })).json()).uses;
    expect(new Set((await usesOf(image.id)).map(({ id }) => id))).toEqual(new Set([post.id, draft.id]));
    expect(await usesOf(other.id)).toMatchObject([{ kind: "post", title: "Other", slug: "other" }]);
    const stranger = await signIn();
    for (const [by, answer] of [
      [undefined, "401 unauthenticated"],
      [stranger, "403 forbidden"],
    ] as const)
      expect(await refusal(await call("GET", `${PATH}/${image.id}/uses`, { host, token: by?.token }))).toBe(answer);
    const unknown = await call("GET", `${PATH}/img_${"a".repeat(21)}/uses`, { host, token: owner.token });
    expect(await refusal(unknown)).toBe("404 not_found");
  });

  test("are the sections whose icon it is", async () => {
    const site = await makeSite();
    await configure(site, { tier: "evergreen" });
    const image = await upload(site, aPng(32, 32));
    const { host, owner } = site;
    const section = { label: "Herbarium", icon: image.url, href: "/tags/moss" };
    expect((await call("POST", "/api/admin/sections", { host, token: owner.token, body: section })).status).toBe(201);
    await tenantStub(env, site).flushAnalytics({});
    const answer = await call("GET", `${PATH}/${image.id}/uses`, { host, token: owner.token });
    const { uses } = imageUsesSchema.parse(await answer.json());
    expect(uses).toEqual([{ kind: "section", id: expect.any(String) as string, title: "Herbarium" }]);
  });
});
