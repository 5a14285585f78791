import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { checkOrigin, destinationOf, openSocket, refuseSocket } from "../../parties/kernel/index.ts";
import { postAddress, sessionAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import { ANONYMOUS } from "../../schema/principal.ts";
import { counterAddress } from "../helpers/counter-party.ts";
import { newCounter } from "../helpers/counters.ts";
import { catchLogs } from "../helpers/logs.ts";
import { person } from "../helpers/principals.ts";
import { TestSocket } from "../helpers/sockets.ts";

const ALLOWED = [counterAddress, postAddress];

function refusal(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof PartyError ? error.code : error;
  }
}

const at = (path: string) => destinationOf(new URL(`http://localhost${path}`), ALLOWED);

async function objectCount(): Promise<number> {
  return (await listDurableObjectIds(env.TestCounter)).length;
}

/** Opens a socket with a request of the test's making, as the edge does once it knows who is calling. */
async function enter(name: string, { query = "", headers = {}, principal = person() } = {}): Promise<TestSocket> {
  const request = new Request(`http://localhost/parties/test-counter/${name}${query}`, {
    headers: { upgrade: "websocket", ...headers },
  });
  const response = await openSocket(request, env, { party: "test-counter", name }, principal);
  if (response.webSocket === null) throw new Error(`Answered ${response.status}`);
  return new TestSocket(response.webSocket);
}

describe("promise 2: a closed door", () => {
  test.each([
    ["a party that is not on the list", "/parties/session/usr_aaaaaaaaaaaaaaaaaaaaa"],
    ["a party that does not exist", "/parties/nothing/a"],
    ["a binding's name", "/parties/TestCounter/a"],
    ["a property every object has", "/parties/constructor/a"],
    ["a name the address refuses", "/parties/test-counter/UPPER"],
    ["no name", "/parties/test-counter/"],
    ["a name of 300 characters", `/parties/test-counter/${"a".repeat(300)}`],
    ["an encoded name of 300 characters", `/parties/test-counter/${"%61".repeat(100)}`],
    ["a lone percent sign", "/parties/test-counter/a%"],
    ["broken UTF-8", "/parties/test-counter/%ff"],
    ["a name encoded twice", "/parties/test-counter/%2561"],
    ["a null byte", "/parties/test-counter/a%00"],
    ["two dots", "/parties/test-counter/.."],
    ["two encoded dots", "/parties/test-counter/%2e%2e"],
    ["an encoded slash", "/parties/test-counter/a%2Fb"],
    ["a path below the name", "/parties/test-counter/a/b"],
    ["a name of too few parts", "/parties/post/alice"],
    ["a name of too many parts", "/parties/post/alice:pst_aaaaaaaaaaaaaaaaaaaaa:x"],
    ["another prefix", "/party/test-counter/a"],
  ])("%s is not found, and no object is made", async (_, path) => {
    const before = await objectCount();
    expect(refusal(() => at(path))).toBe("not_found");
    expect(await objectCount()).toBe(before);
  });

  test("a percent-encoded name leads to the same object as the plain one", () => {
    expect(at("/parties/test-counter/%61%62c")).toEqual({ party: "test-counter", name: "abc" });
    expect(at("/parties/post/alice%3Apst_aaaaaaaaaaaaaaaaaaaaa")).toEqual(
      at("/parties/post/alice:pst_aaaaaaaaaaaaaaaaaaaaa"),
    );
  });

  test("an object whose name is not canonical refuses to start", async () => {
    catchLogs();
    const object = env.TestCounter.getByName("%61bc");
    await expect(object.fetch("http://localhost/")).rejects.toThrow(/No party is named/);
  });

  test("a page of another origin may not open a socket with a visitor's cookie", () => {
    const check = (origin: string | null, hasProof: boolean) => {
      const headers: HeadersInit = origin === null ? {} : { origin };
      return refusal(() => checkOrigin(new Request("https://alice.example.org/parties/post/x", { headers }), hasProof));
    };
    expect(check("https://alice.example.org", false)).toBeUndefined();
    expect(check("https://alice.example.org", true)).toBeUndefined();
    expect(check(null, true)).toBeUndefined();
    expect(check(null, false)).toBe("forbidden");
    for (const foreign of [
      "https://bob.example.org",
      "http://alice.example.org",
      "https://alice.example.org:444",
      "https://alice.example.org.evil.test",
      "null",
      "",
    ]) {
      expect(check(foreign, false)).toBe("forbidden");
      expect(check(foreign, true)).toBe("forbidden");
    }
  });

  test("`_pk` that names another's connection does not become this one's id", async () => {
    const counter = newCounter();
    const victim = await counter.open({ principal: person() });
    const { connectionId } = await victim.next("welcome");
    const thief = await enter(counter.name, { query: `?_pk=${String(connectionId)}` });
    expect((await thief.next("welcome"))["connectionId"]).not.toBe(connectionId);
    const tags = await runInDurableObject(
      counter.object,
      (_, state) => state.getWebSockets(String(connectionId)).length,
    );
    expect(tags).toBe(1);
  });

  test("a principal or props that a client sends are dropped", async () => {
    const counter = newCounter();
    const forged = encodeURIComponent(JSON.stringify(person({ role: "super_admin" })));
    const socket = await enter(counter.name, {
      principal: ANONYMOUS as never,
      headers: {
        "x-understory-principal": forged,
        "x-partykit-props": btoa(JSON.stringify({ role: "super_admin" })),
        "x-partykit-room": "elsewhere",
        "x-partykit-namespace": "session",
        cookie: "understory=secret",
        authorization: "Bearer secret",
      },
    });
    await socket.next("welcome");
    expect(await socket.ask({ type: "add", by: 1 })).toMatchObject({ type: "error", code: "unauthenticated" });
  });

  test("malformed props of a client neither reach the party nor bring back a stack", async () => {
    const counter = newCounter();
    const socket = await enter(counter.name, { headers: { "x-partykit-props": "{not json" } });
    expect(await socket.next("welcome")).toMatchObject({ seq: 0 });
  });

  test("an upgrade that did not come through the door is refused", async () => {
    const response = await newCounter().object.fetch("http://localhost/parties/test-counter/x", {
      headers: { upgrade: "websocket" },
    });
    if (response.webSocket === null) throw new Error("No socket");
    const socket = new TestSocket(response.webSocket);
    expect(await socket.next("error")).toMatchObject({ code: "forbidden" });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  test("nothing of a credential is stored with a socket", async () => {
    const counter = newCounter();
    const principal = person({ name: "Zoë 🌱" });
    const socket = await enter(counter.name, {
      principal,
      query: "?ticket=secret-ticket&since=0&access_token=secret-token",
      headers: { cookie: "understory=secret-cookie", authorization: "Bearer secret-bearer" },
    });
    await socket.next("welcome");
    const stored = await runInDurableObject(counter.object, (_, state) =>
      // As the platform stores it: PartyServer's sockets show only their own part.
      JSON.stringify(
        state.getWebSockets().map((socket) => WebSocket.prototype.deserializeAttachment.call(socket) as unknown),
      ),
    );
    expect(stored).not.toContain("secret");
    expect(JSON.parse(stored)).toMatchObject([{ __user: { principal } }]);
    expect(stored.length).toBeLessThan(1_024);
  });

  test("a request that is no upgrade is refused before an object is made", async () => {
    const before = await objectCount();
    const name = crypto.randomUUID();
    const request = new Request(`http://localhost/parties/test-counter/${name}`);
    await expect(openSocket(request, env, { party: "test-counter", name }, ANONYMOUS)).rejects.toMatchObject({
      code: "bad_request",
    });
    expect(await objectCount()).toBe(before);
  });

  test("whom the party refuses is told why and closed with that code", async () => {
    const counter = newCounter();
    const socket = await counter.open({ principal: person({ name: "Banned" }) });
    expect(await socket.next("error")).toMatchObject({ code: "forbidden" });
    expect(await socket.closed).toEqual({ code: 4403, reason: "forbidden" });
    expect((await counter.rpc.inspect({})).sockets.open).toBe(0);
  });

  test("a socket refused by the edge is told why and closed with that code", async () => {
    const response = refuseSocket(new PartyError("rate_limited", { message: "Later", retryAfterMs: 2_000 }), "trace");
    if (response.webSocket === null) throw new Error("No socket");
    const socket = new TestSocket(response.webSocket);
    expect(await socket.next("error")).toEqual({
      type: "error",
      code: "rate_limited",
      message: "Later",
      retryAfterMs: 2_000,
      traceId: "trace",
    });
    expect(await socket.closed).toEqual({ code: 4429, reason: "rate_limited" });
  });

  test("sessions' parties cannot be reached by a socket unless they are put on the list", () => {
    expect(
      refusal(() => destinationOf(new URL("http://localhost/parties/session/usr_aaaaaaaaaaaaaaaaaaaaa"), [])),
    ).toBe("not_found");
    expect(
      destinationOf(new URL("http://localhost/parties/session/usr_aaaaaaaaaaaaaaaaaaaaa"), [sessionAddress]),
    ).toBeTruthy();
  });
});
