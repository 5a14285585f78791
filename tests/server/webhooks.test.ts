import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { UserRecords } from "../../parties/users/records.ts";
import { PartyError } from "../../schema/errors.ts";
import type { DeadLetter } from "../../schema/http/users.ts";
import { deletedEvent, newSubject, userEvent } from "../fakes/clerk-events.ts";
import { type Message, newMessage, newSecret, signatureOf, signed, type SvixRequest } from "../fakes/svix-sender.ts";
import { watchWakes } from "../helpers/calls.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { catchLogs } from "../helpers/logs.ts";
import { accountOf, userIdOf } from "../parties/users/clerk-support.ts";
import { deployment, post, SECRET, sender, signInOperator, tell } from "./clerk.ts";
import { call, deployedWith, refusal, signIn } from "./support.ts";

withD1Migrations();

const LETTERS = "/ops/webhooks/clerk/dead-letters";
const MAX_BYTES = 256 * 1024;
const NOW_S = Math.floor(Date.UTC(2026, 5, 1) / 1_000);

const nowS = () => Math.floor(Date.now() / 1_000);
const created = (id: string, more: object = {}) => userEvent("user.created", { id, ...more }, { at: Date.now() });

/** Stands the worker's clock still. */
function standStill(atS: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: atS * 1_000 });
  onTestFinished(() => void vi.useRealTimers());
}

/** What a request was answered: its outcome, or status and code. */
async function answerTo(request: SvixRequest): Promise<string> {
  const response = await post(request);
  return response.status === 200 ? (await response.json<{ outcome: string }>()).outcome : await refusal(response);
}

async function send(message: Message): Promise<string> {
  return await answerTo(await signed(message, [SECRET], nowS()));
}

describe("a signature", () => {
  test("is the one that the scheme's published example has", async () => {
    standStill(1614265330);
    const request = {
      headers: {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      },
      body: new TextEncoder().encode('{"test": 2432232314}'),
    };
    const published = deployedWith({ CLERK_WEBHOOK_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    const response = await post(request, published);
    expect([response.status, await response.json()]).toEqual([200, { outcome: "kept" }]);
    expect(await refusal(await post(request))).toBe("401 unauthenticated");
  });

  test.for([
    ["white space", (json: string) => `\r\n ${json.replaceAll(",", " ,\t")}\n`],
    ["escapes in the place of letters", (json: string) => json.replaceAll("Ash", String.raw`\u0041\u0073\u0068`)],
  ] as const)("is over the very bytes, %s included", async ([, written]) => {
    const id = newSubject();
    const message = newMessage(written(JSON.stringify(created(id))));
    expect(await send(message)).toBe("applied");
    expect((await accountOf(id)).user.name).toBe("Ada Ash");
    // The same JSON, and not the same bytes.
    const request = await signed({ ...message, id: "msg_again" }, [SECRET], nowS());
    const rewritten = new TextEncoder().encode(JSON.stringify(JSON.parse(message.body)));
    expect(await answerTo({ ...request, body: rewritten })).toBe("401 unauthenticated");
  });

  test("is over names in every script", async () => {
    const id = newSubject();
    expect(await send(newMessage(created(id, { firstName: "Zoë", lastName: "李 🌲" })))).toBe("applied");
    expect((await accountOf(id)).user.name).toBe("Zoë 李 🌲");
  });

  test("is over a byte order mark too, behind which nothing is JSON", async () => {
    expect(await send(newMessage(`\uFEFF${JSON.stringify(created(newSubject()))}`))).toBe("kept");
  });

  test.for([
    [0, [SECRET]],
    [1, [newSecret(), SECRET]],
    [1, [SECRET, newSecret()]],
  ] as const)("may be one of several while a secret takes another's place (%#)", async ([, secrets]) => {
    expect(await answerTo(await signed(newMessage(created(newSubject())), secrets, nowS()))).toBe("applied");
  });

  test.for([-300, 300])("is good %i seconds from now, and no second further", async (off) => {
    standStill(NOW_S);
    const message = newMessage(created(newSubject()));
    expect(await answerTo(await signed(message, [SECRET], NOW_S + off + Math.sign(off)))).toBe("401 unauthenticated");
    expect(await answerTo(await signed(message, [SECRET], NOW_S + off))).toBe("applied");
  });

  /** Ways to be wrong. `sign` makes the signature of another time, or over another body. */
  const wrong: [
    string,
    (
      right: SvixRequest,
      sign: (id: string, at: string, body: Uint8Array) => Promise<string>,
    ) => Promise<SvixRequest> | SvixRequest,
  ][] = [
    [
      "another secret",
      async (right) =>
        await signed(
          { id: right.headers["svix-id"] ?? "", body: new TextDecoder().decode(right.body) },
          [newSecret()],
          nowS(),
        ),
    ],
    ["one flipped bit", (right) => ({ ...right, body: right.body.map((byte, n) => (n === 40 ? byte ^ 1 : byte)) })],
    ["a byte more", (right) => ({ ...right, body: new Uint8Array([...right.body, 0x20]) })],
    ["nothing in it", (right) => ({ ...right, body: new Uint8Array() })],
    ["another message's id", (right) => withHeaders(right, { "svix-id": "msg_other" })],
    ["another time", (right) => withHeaders(right, { "svix-timestamp": String(nowS() - 1) })],
    ["no id", (right) => withHeaders(right, { "svix-id": undefined })],
    ["no time", (right) => withHeaders(right, { "svix-timestamp": undefined })],
    ["no signature", (right) => withHeaders(right, { "svix-signature": undefined })],
    ["an empty signature", (right) => withHeaders(right, { "svix-signature": "" })],
    ["a version without a signature", (right) => withHeaders(right, { "svix-signature": "v1" })],
    ["a garbled signature", (right) => withHeaders(right, { "svix-signature": "v1,@@@ v1,, ,v1" })],
    [
      "part of the signature",
      (right) => withHeaders(right, { "svix-signature": right.headers["svix-signature"]?.slice(0, -4) }),
    ],
    [
      "another version",
      (right) => withHeaders(right, { "svix-signature": right.headers["svix-signature"]?.replace("v1", "v2") }),
    ],
    [
      "a version that begins so",
      (right) => withHeaders(right, { "svix-signature": right.headers["svix-signature"]?.replace("v1", "v1a") }),
    ],
    [
      "letters behind the time",
      (right) => withHeaders(right, { "svix-timestamp": `${right.headers["svix-timestamp"]}abc` }),
    ],
    ["letters behind the time, signed", async (right, sign) => await at(right, sign, `${nowS()}abc`)],
    ["a time with a fraction, signed", async (right, sign) => await at(right, sign, `${nowS()}.5`)],
    ["a negative time, signed", async (right, sign) => await at(right, sign, "-1")],
    [
      "an id without end, signed",
      async (right, sign) => {
        const id = "m".repeat(300);
        const signature = await sign(id, right.headers["svix-timestamp"] ?? "", right.body);
        return withHeaders(right, { "svix-id": id, "svix-signature": signature });
      },
    ],
    [
      "bytes that are no text, signed",
      async (right, sign) => {
        const body = new Uint8Array([0x22, 0xff, 0x22]);
        const signature = await sign(right.headers["svix-id"] ?? "", right.headers["svix-timestamp"] ?? "", body);
        return { ...withHeaders(right, { "svix-signature": signature }), body };
      },
    ],
  ];

  test("with anything wrong is refused before anything is read and anybody woken, all alike", async () => {
    const wakes = await watchWakes();
    const answers = new Set<string>();
    const taken: string[] = [];
    for (const [what, spoil] of wrong) {
      const message = newMessage(created(newSubject()));
      const spoiled = await spoil(
        await signed(message, [SECRET], nowS()),
        async (id, sentAt, body) => await signatureOf(id, sentAt, body, SECRET),
      );
      const response = await post(spoiled);
      if (response.status !== 401) taken.push(what);
      const { error } = await response.json<{ error: { code: string; message: string } }>();
      answers.add(`${error.code} ${error.message}`);
    }
    expect(taken).toEqual([]);
    expect([...answers]).toEqual(["unauthenticated This signature is not good"]);
    expect([wakes.all, await wakes.newObjects()]).toEqual([[], 0]);
  });

  test("is not even looked at without a secret: the sender may come again", async () => {
    const wakes = await watchWakes();
    const response = await post(await signed(newMessage(created(newSubject())), [SECRET], nowS()), deployedWith({}));
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refusal(response)).toBe("503 unavailable");
    expect(wakes.all).toEqual([]);
  });
});

describe("a body", () => {
  const padded = (bytes: number) => {
    const head = '{"type":"user.padded","data":"';
    return newMessage(`${head}${"x".repeat(bytes - head.length - 2)}"}`);
  };

  test("of 256 KiB is taken", async () => {
    expect(await send(padded(MAX_BYTES))).toBe("kept");
  });

  test("of a byte more is refused, whether or not it says how long it is", async () => {
    const wakes = await watchWakes();
    const { headers, body } = await signed(padded(MAX_BYTES + 1), [SECRET], nowS());
    expect(await answerTo({ headers: { ...headers, "content-length": String(body.length) }, body })).toBe(
      "413 too_large",
    );
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < body.length; at += 60_000) controller.enqueue(body.subarray(at, at + 60_000));
        controller.close();
      },
    });
    const streamed = new Request("http://localhost/webhooks/clerk", { method: "POST", headers, body: chunks });
    expect(await refusal(await deployment(streamed))).toBe("413 too_large");
    expect(wakes.all).toEqual([]);
  });
});

describe("a message", () => {
  test("that comes again is taken again, and done once", async () => {
    const id = newSubject();
    const first = await tell(created(id, { lastName: "Ash" }));
    await tell(userEvent("user.updated", { id, lastName: "Birch" }, { at: Date.now() + 1 }));
    const before = await accountOf(id);
    expect(await send(first)).toBe("repeated");
    expect(await accountOf(id)).toEqual(before);
  });

  test("that comes many times at once is done once", async () => {
    const id = newSubject();
    const message = newMessage(created(id));
    const outcomes = await Promise.all(Array.from({ length: 20 }, async () => await send(message)));
    expect(outcomes.toSorted()).toEqual(["applied", ...Array.from({ length: 19 }, () => "repeated")]);
  });

  test("is sent again after a failure of ours, with the same id and a new time, and done then", async () => {
    catchLogs();
    const id = newSubject();
    const spy = vi.spyOn(UserRecords.prototype, "create").mockImplementationOnce(() => {
      throw new RangeError("a disk is full, by a test");
    });
    onTestFinished(() => spy.mockRestore());
    expect(await sender.send(newMessage(created(id)))).toEqual([500, 200]);
    expect((await accountOf(id)).user.name).toBe("Ada Ash");
  });

  test.for([
    ["no JSON", "{", null, "It is not JSON"],
    ["nothing", "", null, "It is not JSON"],
    ["JSON of another kind", "[1]", null, /^body: /],
    ["no type", { data: {} }, null, /^type: /],
    ["a type that nobody knows", { type: "user.celebrated", data: {} }, "user.celebrated", /of this type/],
    ["no data", { type: "user.created" }, "user.created", /^data: /],
    ["a person without an id", created("", {}), "user.created", /^data\.id: /],
    [
      "a name that is a number",
      userEvent("user.updated", { id: "u" }, { at: 1, data: { first_name: 5 } }),
      "user.updated",
      /^data\.first_name: /,
    ],
    [
      "addresses that are a text",
      userEvent("user.updated", { id: "u" }, { at: 1, data: { email_addresses: "x" } }),
      "user.updated",
      /^data\.email_addresses: /,
    ],
    [
      "a time that no calendar has",
      userEvent("user.created", { id: "u" }, { at: 9e15 }),
      "user.created",
      /^data\.created_at: /,
    ],
    ["a deletion of nobody", { type: "user.deleted", data: { deleted: true } }, "user.deleted", /^data\.id: /],
  ] as const)("of %s is kept for somebody to look at", async ([, body, type, reason]) => {
    const message = newMessage(body);
    expect(await send(message)).toBe("kept");
    expect(await send(message)).toBe("repeated");
    const letter = (await allLetters(await signInOperator())).filter(({ messageId }) => messageId === message.id);
    expect(letter).toMatchObject([{ type, body: message.body, attempts: 1 }]);
    expect(letter[0]?.reason).toMatch(reason);
  });

  test("with everything odd that Clerk sends is taken as far as it goes", async () => {
    const id = newSubject();
    const at = Date.now();
    await tell({
      data: {
        id,
        first_name: null,
        last_name: `${"\u200b".repeat(80)}x`,
        username: "ada\u202e",
        image_url: "javascript:alert(1)",
        primary_email_address_id: "idn_1",
        email_addresses: [],
        private_metadata: null,
        created_at: Math.floor(at / 1_000),
        later: { than: ["these", "tests"] },
      },
      type: "user.created",
      timestamp: Math.floor(at / 1_000),
    });
    const { user, data } = await accountOf(id);
    expect(user).toMatchObject({ name: "ada", picture: null, email: null, emailVerified: false, status: "active" });
    expect(data.signup_date).toBe(new Date(Math.floor(at / 1_000) * 1_000).toISOString());
    // The primary address by its id, without a verification; a placeholder is no picture.
    const addresses = [
      { id: "idn_2", email_address: "second@understory.example", verification: { status: "verified" } },
      { id: "idn_1", email_address: "first@understory.example", verification: null },
    ];
    const person = { id, firstName: "", lastName: null, username: null, hasImage: false };
    const more = { email_addresses: addresses, primary_email_address_id: "idn_1" };
    await tell(userEvent("user.updated", person, { at: at + 1, data: more }));
    expect((await accountOf(id)).user).toMatchObject({
      name: "Someone",
      picture: null,
      email: "first@understory.example",
      emailVerified: false,
    });
  });

  test("of a ban suspends, and of its end lets in again; an administrator's suspension stays", async () => {
    const { userId, token } = await signIn();
    const id = newSubject();
    const at = Date.now();
    const news = async (banned: boolean, n: number) =>
      await tell(userEvent("user.updated", { id, externalId: userId, banned }, { at: at + n }));
    await news(true, 1);
    expect((await accountOf(id)).user).toMatchObject({ id: userId, status: "suspended", suspendedBy: "clerk" });
    await expect.poll(async () => (await call("GET", "/api/me", { token })).status).toBe(401);
    await news(false, 2);
    expect((await accountOf(id)).user).toMatchObject({ status: "active", suspendedBy: null });
    const operator = await signInOperator();
    const suspended = await call("PATCH", `/api/admin/users/${userId}`, {
      deployment,
      token: operator.token,
      body: { status: "suspended" },
    });
    expect(suspended.status).toBe(200);
    await news(true, 3);
    await news(false, 4);
    expect((await accountOf(id)).user).toMatchObject({ status: "suspended", suspendedBy: operator.userId });
  });
});

describe("dead letters", () => {
  let operator: { token: string };
  beforeAll(async () => {
    operator = await signInOperator();
  });
  beforeEach(() => void catchLogs());

  const ask = async (method: string, path: string) =>
    await call(method, `${LETTERS}${path}`, { deployment, ...operator });
  const letterOf = async (message: Message) =>
    (await allLetters(operator)).find(({ messageId }) => messageId === message.id);

  test("are for those who run the service", async () => {
    const message = await tell({ type: "user.strange" });
    const { id } = (await letterOf(message)) ?? { id: 0 };
    const { token } = await signIn();
    for (const [method, path] of [
      ["GET", ""],
      ["POST", `/${id}/retry`],
      ["DELETE", `/${id}`],
    ] as const) {
      expect(await refusal(await call(method, `${LETTERS}${path}`))).toBe("401 unauthenticated");
      expect(await refusal(await call(method, `${LETTERS}${path}`, { token }))).toBe("403 forbidden");
    }
    expect((await letterOf(message))?.attempts).toBe(1);
  });

  test("are listed in pages, the oldest first", async () => {
    for (const n of [1, 2, 3]) await tell({ type: `user.strange${n}` });
    const letters = await allLetters(operator, 2);
    const ids = letters.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect(letters.slice(-3).map(({ type }) => type)).toEqual(["user.strange1", "user.strange2", "user.strange3"]);
    expect(await refusal(await ask("GET", "?cursor=x"))).toBe("400 bad_request");
  });

  test("that are still not understood stay, with how often it was tried", async () => {
    const message = await tell({ type: "user.strange" });
    const { id } = (await letterOf(message)) ?? {};
    expect(await (await ask("POST", `/${id}/retry`)).json()).toEqual({ outcome: "kept" });
    expect(await letterOf(message)).toMatchObject({ id, attempts: 2, type: "user.strange" });
  });

  test("are done once, when what was wrong here is mended", async () => {
    const id = newSubject();
    const spy = vi.spyOn(UserRecords.prototype, "create").mockImplementation(() => {
      throw new PartyError("unprocessable", { issues: [{ path: ["name"], message: "is not to our taste" }] });
    });
    onTestFinished(() => spy.mockRestore());
    const message = await tell(created(id));
    const letter = await letterOf(message);
    expect(letter).toMatchObject({ type: "user.created", reason: "unprocessable; name: is not to our taste" });
    expect(await (await ask("POST", `/${letter?.id}/retry`)).json()).toEqual({ outcome: "kept" });
    expect(await userIdOf(id)).toBeUndefined();

    spy.mockRestore();
    expect(await send(message)).toBe("repeated");
    const retries = await Promise.all([1, 2, 3].map(async () => await ask("POST", `/${letter?.id}/retry`)));
    expect(retries.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404, 404]);
    expect((await accountOf(id)).user).toMatchObject({ name: "Ada Ash" });
    expect(await letterOf(message)).toBeUndefined();
  });

  test("that came before what is known by now change nothing when they are tried again", async () => {
    const id = newSubject();
    const spy = vi.spyOn(UserRecords.prototype, "create").mockImplementationOnce(() => {
      throw new PartyError("unprocessable");
    });
    onTestFinished(() => spy.mockRestore());
    const message = await tell(created(id));
    await tell(deletedEvent({ id }, { at: Date.now() }));
    const { id: letterId } = (await letterOf(message)) ?? {};
    expect(await (await ask("POST", `/${letterId}/retry`)).json()).toEqual({ outcome: "buried" });
    expect(await userIdOf(id)).toBeUndefined();
  });

  test("can be thrown away, once", async () => {
    const message = await tell({ type: "user.strange" });
    const { id } = (await letterOf(message)) ?? {};
    expect((await ask("DELETE", `/${id}`)).status).toBe(204);
    expect(await letterOf(message)).toBeUndefined();
    for (const [method, path] of [
      ["DELETE", `/${id}`],
      ["POST", `/${id}/retry`],
      ["POST", "/999999999/retry"],
    ] as const)
      expect(await refusal(await ask(method, path))).toBe("404 not_found");
    for (const bad of ["x", "0", "-1", "1.5"]) expect((await ask("DELETE", `/${bad}`)).status).toBe(404);
  });
});

test("the log has a line for each message, with nothing secret and nothing of the person in it", async () => {
  const lines = catchLogs();
  const id = newSubject();
  const email = `${crypto.randomUUID()}@understory.example`;
  const message = newMessage(created(id, { firstName: "Unmentionable", email }));
  const request = await signed(message, [SECRET], nowS());
  expect(await answerTo(request)).toBe("applied");
  const spoiled = withHeaders(request, { "svix-signature": "v1,AAAA" });
  expect(await answerTo(spoiled)).toBe("401 unauthenticated");
  expect(await send(newMessage(`{"${email}`))).toBe("kept");

  const taken = lines.filter(({ event }) => event === "webhook.taken");
  expect(taken).toMatchObject([{ messageId: message.id, outcome: "applied" }, { outcome: "kept" }]);
  expect(lines.filter(({ event }) => event === "webhook.refused")).toMatchObject([
    { level: "warn", reason: "No matching signature found" },
  ]);
  const all = JSON.stringify(lines);
  const signature = request.headers["svix-signature"] ?? "";
  for (const secret of [SECRET, SECRET.slice(6), signature.slice(3), "Unmentionable", email, id])
    expect(all).not.toContain(secret);
});

/** Every dead letter, as an operator pages through them. */
async function allLetters({ token }: { token: string }, limit = 100): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = `?limit=${limit}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const response = await call("GET", `${LETTERS}${query}`, { deployment, token });
    const page: { deadLetters: DeadLetter[]; nextCursor: string | null } = await response.json();
    letters.push(...page.deadLetters);
    cursor = page.nextCursor;
  }
  return letters;
}

/** The same request with other headers; undefined leaves one out. */
function withHeaders({ headers, body }: SvixRequest, changes: Record<string, string | undefined>): SvixRequest {
  const changed = Object.entries({ ...headers, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { headers: Object.fromEntries(changed), body };
}

/** The same request at a time that is given as a text, and signed so. */
async function at(
  request: SvixRequest,
  sign: (id: string, sentAt: string, body: Uint8Array) => Promise<string>,
  sentAt: string,
): Promise<SvixRequest> {
  const signature = await sign(request.headers["svix-id"] ?? "", sentAt, request.body);
  return withHeaders(request, { "svix-timestamp": sentAt, "svix-signature": signature });
}
