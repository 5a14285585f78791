import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { usersStub } from "../../parties/users/index.ts";
import {
  type Invitation,
  invitationListSchema,
  invitationOfferSchema,
  madeInvitationSchema,
  type Member,
  memberListSchema,
  memberSchema,
} from "../../schema/http/admin/members.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { catchLogs } from "../helpers/logs.ts";
import { openSocket } from "../helpers/sockets.ts";
import { call, joinSite, makeSite, refusal, type Someone, signIn } from "./support.ts";

withD1Migrations();

type TestSite = Awaited<ReturnType<typeof makeSite>>;

async function invite({ host, owner }: TestSite, role: string): Promise<Invitation & { url: string; path: string }> {
  const response = await call("POST", "/api/admin/invitations", { host, token: owner.token, body: { role } });
  expect(response.status).toBe(201);
  const made = madeInvitationSchema.parse(await response.json());
  return { ...made, path: `/api${new URL(made.url).pathname}` };
}

async function members({ host }: TestSite, { token }: Someone): Promise<Member[]> {
  return memberListSchema.parse(await (await call("GET", "/api/admin/members", { host, token })).json()).members;
}

describe("an invitation", () => {
  test("is a link on the site's host that makes its holder a member at once", async () => {
    const site = await makeSite();
    const { url, path, role, note } = await invite(site, "editor");
    expect(url).toMatch(new RegExp(`^http://${site.host}/invitations/[\\w-]{43}$`));
    expect([role, note]).toEqual(["editor", ""]);
    const offer = await call("GET", path, { host: site.host });
    expect(invitationOfferSchema.parse(await offer.json())).toMatchObject({ role, displayName: "Olive & Sons" });
    const bea = await signIn("Bea");
    const edits = async () => (await call("GET", "/api/admin/reports", { host: site.host, token: bea.token })).status;
    expect(await edits()).toBe(403);
    const accepted = await call("POST", `${path}/accept`, { host: site.host, token: bea.token });
    const member = memberSchema.parse(await accepted.json());
    expect(member).toMatchObject({ person: { id: bea.userId, name: "Bea" }, role: "editor" });
    expect(await edits()).toBe(200);
    const again = await call("POST", `${path}/accept`, { host: site.host, token: bea.token });
    expect(memberSchema.parse(await again.json())).toEqual(member);
  });

  test("is for somebody who is signed in, on its own site, while it lasts", async () => {
    const [site, other] = [await makeSite(), await makeSite()];
    const { path, id } = await invite(site, "reader");
    const [bea, cy] = [await signIn("Bea"), await signIn("Cy")];
    const accept = async (by: Someone | undefined, host = site.host) =>
      await refusal(await call("POST", `${path}/accept`, { host, token: by?.token }));
    expect(await accept(undefined)).toBe("401 unauthenticated");
    expect(await accept(bea, other.host)).toBe("404 not_found");
    expect((await call("POST", `${path}/accept`, { host: site.host, token: bea.token })).status).toBe(200);
    expect(await accept(cy)).toBe("410 gone");
    expect(await refusal(await call("GET", path, { host: site.host }))).toBe("410 gone");
    const late = await call("DELETE", `/api/admin/invitations/${id}`, { host: site.host, token: site.owner.token });
    expect(await refusal(late)).toBe("404 not_found");
  });

  test("that was taken back is no good, and is listed no more", async () => {
    const site = await makeSite();
    const { path, id, url: _, path: __, ...told } = { ...(await invite(site, "author")) };
    const { host, owner } = site;
    const list = async () =>
      invitationListSchema.parse(
        await (await call("GET", "/api/admin/invitations", { host, token: owner.token })).json(),
      ).invitations;
    expect(await list()).toEqual([{ id, ...told }]);
    expect((await call("DELETE", `/api/admin/invitations/${id}`, { host, token: owner.token })).status).toBe(204);
    expect(await list()).toEqual([]);
    expect(await refusal(await call("GET", path, { host }))).toBe("404 not_found");
  });

  test("is written down in no log", async () => {
    const site = await makeSite();
    const logs = catchLogs();
    const { path, url } = await invite(site, "author");
    const bea = await signIn("Bea");
    await call("GET", path, { host: site.host });
    await call("GET", new URL(url).pathname, { host: site.host });
    await call("POST", `${path}/accept`, { host: site.host, token: bea.token });
    const secret = url.split("/").at(-1) ?? "";
    expect(JSON.stringify(logs)).toContain("/api/invitations/…/accept");
    expect(JSON.stringify(logs)).not.toContain(secret);
  });

  test("cannot be guessed at leisure, and what is no link at all wakes nobody", async () => {
    const site = await makeSite();
    const guess = `/api/invitations/${"A".repeat(43)}`;
    const bea = await signIn("Bea");
    const statuses: number[] = [];
    for (let tries = 0; tries < 61; tries += 1)
      statuses.push((await call("POST", `${guess}/accept`, { host: site.host, token: bea.token })).status);
    expect(new Set(statuses.slice(0, 60))).toEqual(new Set([404]));
    expect(statuses.at(-1)).toBe(429);
    const wakes = await watchWakes();
    expect(await refusal(await call("GET", "/api/invitations/short", { host: site.host }))).toBe("404 not_found");
    expect(wakes.all).toEqual([]);
  });

  test("is refused where the tier has no room, with what would help", async () => {
    const site = await makeSite();
    await invite(site, "author");
    await invite(site, "author");
    const { host, owner } = site;
    const refused = await call("POST", "/api/admin/invitations", {
      host,
      token: owner.token,
      body: { role: "reader" },
    });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      error: { code: "forbidden" },
      limit: 3,
      tier: "seedling",
      unlockedBy: "sapling",
    });
  });

  test.each([{}, { role: "owner" }, { role: "author", note: "x".repeat(121) }, { role: "author", secret: "x" }])(
    "of %j is refused",
    async (body) => {
      const { host, owner } = await makeSite();
      const refused = await call("POST", "/api/admin/invitations", { host, token: owner.token, body });
      expect(await refusal(refused)).toBe("422 unprocessable");
    },
  );
});

describe("the members", () => {
  test("are listed with their names, changed and removed, and may leave", async () => {
    const site = await makeSite();
    const [bea, cy] = [await joinSite(site, "author", "Bea"), await joinSite(site, "reader", "Cy")];
    const { host, owner } = site;
    expect((await members(site, owner)).map(({ person, role }) => [person.name, role])).toEqual([
      ["Olive", "owner"],
      ["Bea", "author"],
      ["Cy", "reader"],
    ]);
    const one = (of: Someone) => `/api/admin/members/${of.userId}`;
    const changed = await call("PATCH", one(bea), { host, token: owner.token, body: { role: "owner" } });
    expect(memberSchema.parse(await changed.json())).toMatchObject({ person: { name: "Bea" }, role: "owner" });
    expect((await call("DELETE", one(cy), { host, token: cy.token })).status).toBe(204);
    expect((await call("DELETE", one(owner), { host, token: bea.token })).status).toBe(204);
    expect(await refusal(await call("DELETE", one(bea), { host, token: bea.token }))).toBe("409 conflict");
    expect((await members(site, bea)).map(({ person }) => person.name)).toEqual(["Bea"]);
    expect(await refusal(await call("GET", "/api/admin/members", { host, token: owner.token }))).toBe("403 forbidden");
  });

  test.each([
    ["GET", "/api/admin/members"],
    ["PATCH", "/api/admin/members/{id}"],
    ["DELETE", "/api/admin/members/{id}"],
    ["GET", "/api/admin/invitations"],
    ["POST", "/api/admin/invitations"],
    ["DELETE", "/api/admin/invitations/inv_000000000000000000000"],
  ])("are the owners' to see to: %s %s", async (method, path) => {
    const site = await makeSite();
    const { host, owner } = site;
    const editor = await joinSite(site, "editor");
    const stranger = await signIn();
    const body = method === "PATCH" || method === "POST" ? { role: "reader" } : undefined;
    const ask = async (token: string | undefined) =>
      await refusal(await call(method, path.replace("{id}", owner.userId), { host, token, body }));
    expect(await ask(undefined)).toBe("401 unauthenticated");
    expect(await ask(editor.token)).toBe("403 forbidden");
    expect(await ask(stranger.token)).toBe("403 forbidden");
  });

  test("are not changed by another origin's page", async () => {
    const { host, owner } = await makeSite();
    const response = await call("POST", "/api/admin/invitations", {
      host,
      cookie: owner.cookie,
      origin: "http://evil.localhost",
      body: { role: "editor" },
    });
    expect(await refusal(response)).toBe("403 forbidden");
  });

  test("who lose the site lose its dashboard with it", async () => {
    const site = await makeSite();
    const bea = await joinSite(site, "author");
    const { host, owner, subdomain } = site;
    const path = `/api/admin/members/${bea.userId}`;
    await call("PATCH", path, { host, token: owner.token, body: { role: "owner" } });
    const socket = await openSocket({ party: "tenant", name: subdomain, host, bearer: bea.token });
    await socket.next("welcome");
    await call("DELETE", path, { host, token: owner.token });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  test("find the site among theirs, and not any more when they have left", async () => {
    const site = await makeSite();
    const bea = await joinSite(site, "reader");
    const home = async () => await (await call("GET", "/", { cookie: bea.cookie })).text();
    await expect.poll(home).toContain(site.host);
    await call("DELETE", `/api/admin/members/${bea.userId}`, { host: site.host, token: bea.token });
    await expect.poll(home).not.toContain(site.host);
  });

  test("whose account ends leave", async () => {
    const site = await makeSite();
    const bea = await joinSite(site, "editor");
    const home = async () => await (await call("GET", "/", { cookie: bea.cookie })).text();
    await expect.poll(home).toContain(site.host);
    await usersStub(env).destroy({ userId: bea.userId });
    const left = async () => (await members(site, site.owner)).map(({ person }) => person.name);
    await expect.poll(left, { timeout: 10_000 }).toEqual(["Olive"]);
  });
});
