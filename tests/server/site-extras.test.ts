import { describe, expect, test } from "vitest";
import { madeInvitationSchema } from "../../schema/http/admin/members.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, makeSite } from "./support.ts";

withD1Migrations();

/** Links that one network may try, as parties/tenant/rates.ts has it for steps of signing in. */
const MAX_TRIES = 60;

async function pageOf(host: string, path: string): Promise<{ status: number; html: string; robots: boolean }> {
  const response = await call("GET", path, { host, headers: { accept: "text/html" } });
  const html = await response.text();
  return { status: response.status, html, robots: html.includes('name="robots" content="noindex"') };
}

describe("the pages of a site's trails", () => {
  async function givenTrail() {
    const { host, owner } = await makeSite();
    const as = { host, token: owner.token };
    const body = {
      title: "To the <sea>",
      waypoints: [
        { id: "start", title: "Start", status: "complete" },
        { id: "hill", title: "Over the hill", links: [{ label: "Map", href: "https://example.com/?a=1&b=2" }] },
      ],
    };
    expect((await call("PUT", "/api/admin/trails/to-the-sea", { ...as, body })).status).toBe(200);
    return { host, as };
  }

  test("say where it is going, without JavaScript", async () => {
    const { host } = await givenTrail();
    const list = await pageOf(host, "/trails");
    expect(list.status).toBe(200);
    expect(list.html).toContain('<a href="/trails/to-the-sea">To the &lt;sea></a>');
    const { status, html, robots } = await pageOf(host, "/trails/to-the-sea");
    expect([status, robots]).toEqual([200, false]);
    for (const shown of ["1 of 2 complete", "Complete", "Planned", 'href="https://example.com/?a=1&amp;b=2"'])
      expect(html).toContain(shown);
  });

  test("are not there while the site hides them, nor for a trail that is not", async () => {
    const { host, as } = await givenTrail();
    expect((await pageOf(host, "/trails/to-the-moon")).status).toBe(404);
    expect((await pageOf(host, "/trails/NOT-a-slug!")).status).toBe(404);
    const hidden = await call("PUT", "/api/admin/sections/trails", { ...as, body: { enabled: false } });
    expect(hidden.status).toBe(200);
    expect((await pageOf(host, "/trails")).status).toBe(404);
    expect((await pageOf(host, "/trails/to-the-sea")).status).toBe(404);
  });
});

describe("the page behind an invitation's link", () => {
  async function givenInvitation() {
    const { host, owner } = await makeSite();
    const as = { host, token: owner.token };
    const made = await call("POST", "/api/admin/invitations", { ...as, body: { role: "author" } });
    const { id, url } = madeInvitationSchema.parse(await made.json());
    return { host, as, id, path: new URL(url).pathname };
  }

  test("says what is offered, sends strangers to sign in and back, and is kept by nobody", async () => {
    const { host, path } = await givenInvitation();
    const { status, html, robots } = await pageOf(host, path);
    expect([status, robots]).toEqual([200, true]);
    expect(html).toContain("Become an author of");
    expect(html).toContain(encodeURIComponent(path));
    const { headers } = await call("GET", path, { host });
    expect(headers.get("cache-control")).toMatch(/^private|no-store/);
    expect(headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin");
  });

  test("tells its holder that it is over once it was taken back, and everybody else that there is none", async () => {
    const { host, as, id, path } = await givenInvitation();
    expect((await call("DELETE", `/api/admin/invitations/${id}`, as)).status).toBe(204);
    for (const nothing of [path, "/invitations/x", `/invitations/${"A".repeat(43)}`]) {
      const { status, html, robots } = await pageOf(host, nothing);
      expect([nothing, status, robots]).toEqual([nothing, 404, true]);
      expect(html).toContain("There is no such invitation");
    }
    const { host: other } = await makeSite();
    expect((await pageOf(other, path)).status).toBe(404);
  });

  test("is closed for a while to whoever tries many", async () => {
    const { host } = await makeSite();
    const statuses: number[] = [];
    for (let tried = 0; tried <= MAX_TRIES; tried += 1)
      statuses.push((await pageOf(host, `/invitations/${String(tried).padStart(43, "A")}`)).status);
    expect(statuses.slice(0, MAX_TRIES).every((status) => status === 404)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
  });
});
