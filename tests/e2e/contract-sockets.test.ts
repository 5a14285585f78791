import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { cookieOf, expectBody } from "./contract-checks.ts";
import { commentShape, commentsShape, postShape, welcomeShape } from "./contract-shapes.ts";
import { type Glade, ON, openGlade } from "./contract-stage.ts";
import { publishPost } from "./harness.ts";
import { connect, newcomer, type SocketCall, type Wire, type WireFrame } from "./wire.ts";

/** More frames at once than any socket is forgiven. */
const FLOOD = 1_500;

let site: Glade["site"];
let call: Glade["call"];
let owner: Glade["owner"];
let reader: Glade["reader"];

beforeAll(async () => {
  ({ site, call, owner, reader } = await openGlade());
});

afterAll(async () => {
  await site.stop();
});

async function newPost() {
  const { id } = await publishPost(site, owner.accessToken, ON, { title: "Live", content: "Text" });
  return { id, name: `${ON}:${id}`, path: `/parties/post/${ON}:${id}` };
}

/** Opens a socket and takes its welcome; without a token as an anonymous reader. */
async function join(path: string, token?: string): Promise<Wire> {
  const wire = await connect(site, path, { on: ON, ...(token !== undefined && { token }) });
  expect((await wire.next()).type).toBe("welcome");
  return wire;
}

/** How an upgrade that is refused tells so: the code of its only frame, and of its close. */
async function refusal(path: string, options: Partial<SocketCall> = {}): Promise<string> {
  const wire = await connect(site, path, { on: ON, ...options });
  const { code } = await wire.closed;
  expect(wire.frames).toHaveLength(1);
  expect(wire.frames[0]?.type).toBe("error");
  return `${String(wire.frames[0]?.["code"])} ${code}`;
}

/** Waits until a socket is told that so many people are here, and of nothing more in that frame. */
async function presence(wire: Wire, count: number): Promise<void> {
  let frame: WireFrame;
  do frame = await wire.next("presence");
  while (frame["count"] !== count);
  expect(frame).toEqual({ type: "presence", count });
}

const isEvent = ({ seq, type }: WireFrame) => seq !== undefined && type !== "welcome";
const eventsOf = (wire: Wire) => wire.frames.filter(isEvent);
const ticketShape = z.strictObject({ ticket: z.string(), expiresIn: z.literal(30) });

async function ticketFor(name: string, token = reader.accessToken): Promise<string> {
  const reply = await call("POST", "/api/tickets", { token, body: { party: "post", name } });
  return expectBody(reply, 200, ticketShape).ticket;
}

describe("the door", () => {
  test("opens with a bearer token, a cookie, a ticket, or nothing, and says welcome first", async () => {
    const { path, name } = await newPost();
    const { email } = reader;
    const signedIn = await call("POST", "/auth/dev", { on: ON, body: { email, name: "Rowan" } });
    const cookie = cookieOf(signedIn);
    const ways: [string, Partial<SocketCall>][] = [
      [path, { token: reader.accessToken }],
      [path, { token: reader.accessToken, origin: null }],
      [path, { cookie }],
      [`${path}?ticket=${await ticketFor(name)}`, { origin: null }],
      [path, {}],
    ];
    for (const [to, options] of ways) {
      const wire = await connect(site, to, { on: ON, ...options });
      const { state } = welcomeShape.parse(await wire.next());
      expect(state.reactions.mine).toEqual([]);
    }
  });

  test("refuses everything else with its code", async () => {
    const { path, name } = await newPost();
    const other = await newPost();
    const token = reader.accessToken;
    const post = { title: "Draft", content: "" };
    const draft = expectBody(
      await call("POST", "/api/posts", { on: ON, token: owner.accessToken, body: post }),
      201,
      postShape,
    );
    expect(await refusal(`/parties/users/singleton`, { token })).toBe("not_found 4404");
    expect(await refusal(`/parties/session/${owner.userId}`, { token })).toBe("forbidden 4403");
    expect(await refusal(`/parties/session/${owner.userId}`)).toBe("unauthenticated 4401");
    expect(await refusal(`/parties/post/no-such-name`, { token })).toBe("not_found 4404");
    expect(await refusal(`/parties/post/${ON}:pst_${"x".repeat(21)}`, { token })).toBe("not_found 4404");
    expect(await refusal(`/parties/post/${ON}:${draft.id}`, { token })).toBe("not_found 4404");
    expect(await refusal(path, { token: "a1.made.up" })).toBe("unauthenticated 4401");
    expect(await refusal(path, { cookie: "understory=v1.made.up" })).toBe("unauthenticated 4401");
    expect(await refusal(path, { origin: null })).toBe("forbidden 4403");
    expect(await refusal(path, { origin: "https://evil.example" })).toBe("forbidden 4403");
    expect(await refusal(path, { origin: site.origin(), token })).toBe("forbidden 4403");
    expect(await refusal(`${path}?since=soon`, { token })).toBe("bad_request 4400");
    expect(await refusal(`${path}?ticket=${await ticketFor(other.name)}`)).toBe("unauthenticated 4401");
    const used = await ticketFor(name);
    await join(`${path}?ticket=${used}`);
    expect(await refusal(`${path}?ticket=${used}`)).toBe("unauthenticated 4401");
  });
});

describe("frames", () => {
  test("are answered by id, and both sides see the same events in the same order", async () => {
    const { id, path } = await newPost();
    const [one, two] = [await join(path, reader.accessToken), await join(path, owner.accessToken)];
    const reacted = await one.ask({ type: "react", id: "r", reactionType: "love", on: true });
    expect(reacted).toEqual({ type: "ack", id: "r", result: { added: true, newCount: 1 } });
    const said = await two.ask({ type: "comment", id: "c", content: "First" });
    const comment = commentShape.parse(said["result"]);
    expect(comment).toMatchObject({ postId: id, content: "First", author: { id: owner.userId } });
    const replied = await one.ask({ type: "comment", id: "d", content: "Second", parentId: comment.id });
    expect(commentShape.parse(replied["result"])).toMatchObject({ depth: 1, parentId: comment.id });
    const edited = await two.ask({ type: "edit_comment", id: "e", commentId: comment.id, content: "Better" });
    expect(commentShape.parse(edited["result"]).content).toBe("Better");
    expect(await two.ask({ type: "delete_comment", id: "f", commentId: comment.id })).toMatchObject({ type: "ack" });
    const change = { revision: 1, title: "Livelier" };
    await call("PATCH", `/api/posts/${id}`, { on: ON, token: owner.accessToken, body: change });
    for (const wire of [one, two]) await wire.next("post_updated");
    const events = eventsOf(one);
    expect(events.map(({ type }) => type)).toEqual([
      "reaction",
      "comment",
      "comment",
      "comment_edited",
      "comment_deleted",
      "post_updated",
    ]);
    expect(events).toMatchObject([
      { reactionType: "love", count: 1 },
      { comment: { id: comment.id } },
      { comment: { content: "Second" } },
      { comment: { content: "Better" } },
      { commentId: comment.id },
      { post: { title: "Livelier" } },
    ]);
    const order = events.map(({ seq = 0 }) => seq);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
    expect(eventsOf(two)).toEqual(events);
  });

  test("repeated with their id, on any socket or over HTTP, have one effect", async () => {
    const { id, path } = await newPost();
    const [one, two] = [await join(path, reader.accessToken), await join(path, reader.accessToken)];
    const frame = { type: "comment", id: "same", content: "Once" };
    const first = await one.ask(frame);
    expect(first.type).toBe("ack");
    for (const wire of [one, two]) expect(await wire.ask(frame)).toEqual(first);
    const body = { content: "Once", opId: "same" };
    const again = await call("POST", `/api/posts/${id}/comments`, { on: ON, token: reader.accessToken, body });
    expect(expectBody(again, 201, commentShape)).toEqual(first["result"]);
    const list = expectBody(await call("GET", `/api/posts/${id}/comments`, { on: ON }), 200, commentsShape);
    expect(list.comments).toHaveLength(1);
    await two.ask({ type: "react", id: "after", reactionType: "like" });
    await one.next("reaction");
    expect(eventsOf(one).map(({ type }) => type)).toEqual(["comment", "reaction"]);
  });

  test("that are malformed get a coded error and the socket stays", async () => {
    const { path } = await newPost();
    const wire = await join(path, reader.accessToken);
    const bad: [unknown, string][] = [
      ["not JSON", "bad_request"],
      ["[]", "bad_request"],
      [new Uint8Array([1, 2, 3]), "bad_request"],
      [{ type: "nonsense", id: "1" }, "bad_request"],
      [{ type: "react", id: "2" }, "bad_request"],
      [{ type: "react", reactionType: "like" }, "bad_request"],
      [{ type: "comment", id: "3", content: "x".repeat(17 * 1024) }, "too_large"],
    ];
    for (const [frame, code] of bad) {
      wire.send(frame);
      expect(await wire.next("error")).toMatchObject({ code });
    }
    expect(await wire.ask({ type: "react", id: "4", reactionType: "shrug" })).toMatchObject({ code: "bad_request" });
    expect(await wire.ask({ type: "react", id: "5", reactionType: "like" })).toMatchObject({ type: "ack" });
    wire.send("ping");
    await wire.hears("pong");
  });

  test("of anonymous readers are answered unauthenticated, and they go on listening", async () => {
    const { path } = await newPost();
    const [stranger, member] = [await join(path), await join(path, reader.accessToken)];
    for (const frame of [
      { type: "react", id: "1", reactionType: "like" },
      { type: "comment", id: "2", content: "Hi" },
      { type: "typing", id: "3" },
    ]) {
      expect(await stranger.ask(frame)).toMatchObject({ type: "error", code: "unauthenticated" });
    }
    await member.ask({ type: "comment", id: "4", content: "Heard" });
    expect(await stranger.next("comment")).toMatchObject({ comment: { content: "Heard" } });
  });

  test("that flood are refused, and then the socket is closed", async () => {
    const { path } = await newPost();
    const [wire, other] = [await join(path, reader.accessToken), await join(path, owner.accessToken)];
    for (let n = 0; n < FLOOD; n++) wire.send({ type: "typing", id: `${n}` });
    expect((await wire.closed).code).toBe(4429);
    const error = wire.frames.find(({ type }) => type === "error");
    expect(error).toMatchObject({ code: "rate_limited" });
    expect(z.number().int().positive().parse(error?.["retryAfterMs"])).toBeLessThan(60_000);
    expect(await other.ask({ type: "react", id: "r", reactionType: "like" })).toMatchObject({ type: "ack" });
  });

  test("of presence and typing tell who is here, and carry no seq", async () => {
    const { path } = await newPost();
    const one = await join(path, reader.accessToken);
    const same = await join(path, reader.accessToken);
    const two = await connect(site, path, { on: ON, token: owner.accessToken });
    expect(welcomeShape.parse(await two.next()).state.presence).toEqual({ count: 2 });
    expect(await two.ask({ type: "typing", id: "t" })).toMatchObject({ type: "ack" });
    expect(await one.next("typing")).toEqual({ type: "typing", userId: owner.userId, name: "Olive" });
    await presence(one, 2);
    await two.close();
    await same.close();
    await presence(one, 1);
  });
});

describe("coming back", () => {
  test("brings each missed event once, in order, or a resync", async () => {
    const { path } = await newPost();
    const [away, here] = [await join(path), await join(path, reader.accessToken)];
    const react = async (n: number) =>
      await here.ask({ type: "react", id: `${n}`, reactionType: "like", on: n % 2 === 1 });
    await react(1);
    const { seq } = await away.next("reaction");
    await away.close();
    for (const n of [2, 3, 4, 5]) await react(n);
    const missed: WireFrame[] = [];
    await here.next("reaction");
    for (let n = 0; n < 4; n++) missed.push(await here.next("reaction"));
    expect(missed.map(({ count }) => count)).toEqual([0, 1, 0, 1]);

    const back = await connect(site, `${path}?since=${seq}`, { on: ON });
    const welcome = await back.next();
    expect(welcome).toMatchObject({ type: "welcome", resumed: true, seq });
    expect(welcome).not.toHaveProperty("state");
    for (const event of missed) expect(await back.next("reaction")).toEqual(event);
    await react(6);
    expect(await back.next("reaction")).toMatchObject({ count: 0 });

    const batched = await connect(site, `${path}?since=${seq}&batch=1`, { on: ON });
    await batched.next("welcome");
    for (let n = 0; n < 5; n++) await batched.next("reaction");
    expect(batched.messages.some((text) => text.startsWith("["))).toBe(true);
    expect(back.messages.some((text) => text.startsWith("["))).toBe(false);

    const lost = await connect(site, `${path}?since=999999`, { on: ON });
    expect(await lost.next()).toMatchObject({ type: "welcome" });
    expect(await lost.next()).toMatchObject({
      type: "resync",
      seq: (seq ?? 0) + 5,
      state: { reactions: { counts: { like: 0 } } },
    });
  });

  test("after workerd was killed with -9 finds everything that was acknowledged", async () => {
    const { id, path } = await newPost();
    const wire = await join(path, reader.accessToken);
    const said = await wire.ask({ type: "comment", id: "c", content: "Kept" });
    await wire.ask({ type: "react", id: "r", reactionType: "celebrate", on: true });
    const events = [await wire.next("comment"), await wire.next("reaction")];
    process.kill(site.server.workerdPid(), "SIGKILL");
    await wire.closed;
    await expect
      .poll(async () => (await call("GET", "/readyz").catch(() => undefined))?.status, { timeout: 20_000 })
      .toBe(200);
    const list = expectBody(await call("GET", `/api/posts/${id}/comments`, { on: ON }), 200, commentsShape);
    expect(list.comments).toEqual([said["result"]]);
    const back = await connect(site, `${path}?since=0`, { on: ON, token: reader.accessToken });
    expect(await back.next()).toMatchObject({ type: "welcome", resumed: true });
    for (const event of events) expect(await back.next(event.type)).toEqual(event);
    expect(await back.ask({ type: "comment", id: "c", content: "Kept" })).toEqual(said);
  });
});

describe("a socket's end", () => {
  /** Somebody with a socket, on a session of their own. */
  async function someoneOn(path: string) {
    const person = await newcomer(site, "Gone");
    return { ...person, wire: await join(path, person.accessToken) };
  }

  test("comes within a second of its session's end, with 4401", async () => {
    const { path } = await newPost();
    const bystander = await join(path, reader.accessToken);
    const ends = [
      (token: string, sessionId: string) => call("DELETE", `/api/sessions/${sessionId}`, { token }),
      (token: string) => call("POST", "/api/sessions/revoke-all", { token, body: { keepCurrent: false } }),
      (token: string) => call("POST", "/auth/logout", { token }),
    ];
    for (const end of ends) {
      const { wire, accessToken, sessionId } = await someoneOn(path);
      const start = performance.now();
      expect((await end(accessToken, sessionId)).status).toBeLessThan(300);
      const { code, at } = await wire.closed;
      expect(code).toBe(4401);
      expect(at - start).toBeLessThan(1_000);
      const [word, error] = wire.frames.slice(-2);
      expect(word).toEqual({ type: "logged_out" });
      expect(error).toMatchObject({ type: "error", code: "unauthenticated" });
      expect(await refusal(path, { token: accessToken })).toBe("unauthenticated 4401");
    }
    expect(await bystander.ask({ type: "react", id: "r", reactionType: "like" })).toMatchObject({ type: "ack" });
  });

  test("comes when its post is deleted, with 4404", async () => {
    const { id, path } = await newPost();
    const wire = await join(path);
    await call("DELETE", `/api/posts/${id}`, { on: ON, token: owner.accessToken });
    expect((await wire.closed).code).toBe(4404);
    expect(await refusal(path)).toBe("not_found 4404");
  });
});
