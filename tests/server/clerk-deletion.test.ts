import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { postStub } from "../../parties/post/index.ts";
import type { CommentList, Post } from "../../schema/http/posts.ts";
import { DELETED_PERSON } from "../../schema/people.ts";
import { deletedEvent, newSubject, userEvent } from "../fakes/clerk-events.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { catchLogs } from "../helpers/logs.ts";
import { hibernate } from "../helpers/objects.ts";
import { join, openSocket } from "../helpers/sockets.ts";
import { usersObject } from "../parties/users/support.ts";
import { signInOperator, tell } from "./clerk.ts";
import { APEX, call, makeSite, refusal, signIn, type Someone, withSecret, writePost } from "./support.ts";

const database = withD1Migrations();

/** How long somebody who was deleted may still be seen or heard, in milliseconds. */
const ENDED_WITHIN_MS = 1_000;

interface ClerkUser extends Someone {
  subject: string;
}

/** Somebody who is signed in, and whom Clerk knows as well. */
async function signInOfClerk(name = "Ada Ash"): Promise<ClerkUser> {
  const who = await signIn(name);
  const subject = newSubject();
  const [firstName = "", lastName = ""] = name.split(" ");
  await tell(
    userEvent("user.created", { id: subject, externalId: who.userId, firstName, lastName }, { at: Date.now() }),
  );
  return { ...who, subject };
}

async function deleteAtClerk({ subject }: ClerkUser): Promise<void> {
  await tell(deletedEvent({ id: subject }, { at: Date.now() }));
}

beforeEach(() => void catchLogs());

describe("somebody who is deleted at Clerk", () => {
  test("is logged out on every socket within a second, those that hibernate included", async () => {
    const site = await makeSite();
    const post = await writePost(site);
    const ada = await signInOfClerk();
    const name = `${site.subdomain}:${post.id}`;
    const own = { party: "session", name: ada.userId, host: APEX };
    const sockets = await Promise.all([
      join({ ...own, cookie: ada.cookie }),
      join({ ...own, bearer: ada.token }),
      join({ party: "post", name, host: site.host, cookie: ada.cookie }),
      join({ party: "post", name, host: site.host, bearer: ada.token }),
    ]);
    const bystander = await join({ party: "post", name, host: site.host });
    for (const object of [env.Session.getByName(ada.userId), env.Post.getByName(name), usersObject()])
      await hibernate(object);

    const start = Date.now();
    await deleteAtClerk(ada);
    for (const socket of sockets) expect((await socket.closed).code).toBe(4401);
    expect(Date.now() - start).toBeLessThan(ENDED_WITHIN_MS);
    for (const socket of sockets.slice(0, 2)) expect(socket.all("logged_out")).toHaveLength(1);
    expect(bystander.isOpen).toBe(true);
  });

  test("gets in by nothing that they hold: no cookie, no access token, no refresh, no ticket", async () => {
    const ada = await signInOfClerk();
    const wanted = { party: "session", name: ada.userId };
    const { ticket } = await (
      await call("POST", "/api/tickets", { token: ada.token, body: wanted })
    ).json<{ ticket: string }>();
    await deleteAtClerk(ada);
    await expect.poll(async () => (await call("GET", "/api/me", { token: ada.token })).status).toBe(401);
    const held = { cookie: ada.cookie, origin: `http://${APEX}` };
    const answers = await Promise.all([
      call("GET", "/api/me", { cookie: ada.cookie }),
      call("GET", "/api/me", { token: ada.token }),
      call("POST", "/auth/refresh", held),
      call("POST", "/api/tenants", { token: ada.token, body: { subdomain: "adas", displayName: "Ada's" } }),
      call("GET", "/api/me", { cookie: withSecret(ada.cookie) }),
    ]);
    expect(new Set(await Promise.all(answers.map(refusal)))).toEqual(new Set(["401 unauthenticated"]));
    const socket = await openSocket({ ...wanted, host: APEX, ticket });
    expect((await socket.closed).code).toBe(4401);
  });

  test("has left what they wrote, by a deleted person: on the page, over the API and to those who are reading", async () => {
    const site = await makeSite();
    const ada = await signInOfClerk("Ada Unforgotten");
    const own = await makeSiteOf(ada);
    const [theirs, hers] = [await writePost(site), await writePost(own)];
    const said = await call("POST", `/api/posts/${theirs.id}/comments`, {
      host: site.host,
      token: ada.token,
      body: { content: "I was here." },
    });
    expect(said.status).toBe(201);
    const reader = await join({ party: "post", name: `${site.subdomain}:${theirs.id}`, host: site.host });
    const readerOfHers = await join({ party: "post", name: `${own.subdomain}:${hers.id}`, host: own.host });
    // Where somebody wrote is looked up in D1, where their comments are within half a minute: now.
    await postStub(env, { tenant: site.subdomain, postId: theirs.id }).flush({});

    await deleteAtClerk(ada);
    for (const socket of [reader, readerOfHers]) {
      const { state } = await socket.next("resync");
      expect(JSON.stringify(state)).toContain(DELETED_PERSON);
      expect(JSON.stringify(state)).not.toContain("Unforgotten");
    }
    const nobody = { id: ada.userId, name: DELETED_PERSON, picture: null };
    const { comments } = await (
      await call("GET", `/api/posts/${theirs.id}/comments`, { host: site.host })
    ).json<CommentList>();
    expect(comments).toMatchObject([{ content: "I was here.", author: nobody }]);
    expect(await (await call("GET", `/api/posts/${hers.id}`, { host: own.host })).json<Post>()).toMatchObject({
      author: nobody,
    });
    for (const [host, { slug }] of [
      [site.host, theirs],
      [own.host, hers],
    ] as const) {
      const page = await (await call("GET", `/${slug}`, { host })).text();
      expect(page).toContain(DELETED_PERSON);
      expect(page).not.toContain("Unforgotten");
    }
  });

  test("is gone for everybody who asks, and in D1 nothing is left but that", async () => {
    const ada = await signInOfClerk();
    await deleteAtClerk(ada);
    const path = `/api/users/${ada.userId}`;
    await expect.poll(async () => (await call("GET", path)).status).toBe(410);
    expect(await refusal(await call("GET", path))).toBe("410 gone");
    const operator = await signInOperator();
    expect(await refusal(await call("GET", path, { token: operator.token }))).toBe("410 gone");
    expect(await refusal(await call("GET", `/api/admin/users/${ada.userId}`, { token: operator.token }))).toMatch(
      /^4(?:04|10) /,
    );
    const row = await database.prepare("SELECT * FROM users WHERE id = ?").bind(ada.userId).first();
    expect(row).toMatchObject({
      name: DELETED_PERSON,
      picture: null,
      email: null,
      email_verified: 0,
      search: "",
      role: "user",
    });
    expect(row?.["deleted_at"]).toEqual(expect.any(Number));
  });

  test("stays gone, whatever comes late", async () => {
    const ada = await signInOfClerk();
    await deleteAtClerk(ada);
    for (const at of [Date.now() - 60_000, Date.now() + 60_000])
      for (const type of ["user.created", "user.updated"] as const)
        await tell(userEvent(type, { id: ada.subject, externalId: ada.userId }, { at }));
    await deleteAtClerk(ada);
    await expect.poll(async () => (await call("GET", `/api/users/${ada.userId}`)).status).toBe(410);
    const lines = database.prepare(
      "SELECT count(*) AS n FROM audit_log WHERE user_id = ? AND kind = 'account_deleted'",
    );
    await expect.poll(async () => await lines.bind(ada.userId).first("n")).toBe(1);
  });
});

/** A new site of somebody's. */
async function makeSiteOf(owner: Someone): Promise<{ host: string; subdomain: string; owner: Someone }> {
  const subdomain = `s${crypto.randomUUID().slice(0, 18)}`;
  const made = await call("POST", "/api/tenants", { token: owner.token, body: { subdomain, displayName: "Ada's" } });
  if (made.status !== 201) throw new Error(`${made.status} ${await made.text()}`);
  return { host: `${subdomain}.${APEX}`, subdomain, owner };
}
