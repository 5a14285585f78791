import { describe, expect, onTestFinished, test } from "vitest";
import { NEWS_LAG_MS } from "../../../client/core/account-changes.ts";
import { ANSWER_TIMEOUT_MS } from "../../../client/core/account-sender.ts";
import { AccountStore, MemoryAccountStorage } from "../../../client/core/account.ts";
import { DEFAULT_PREFERENCES } from "../../../schema/user-data.ts";
import type { ScriptedSocket } from "../helpers/scripted-server.ts";
import { accountOf, greeting, sessionState, USER_ID } from "../helpers/session-fixtures.ts";
import { type Setup, setUp, until } from "../helpers/setup.ts";

const PREFERENCES = "/api/me/data/preferences";
const refusal = (code: string) => ({ error: { code, message: `it is ${code}`, traceId: "t", issues: [] } });
const changesIn = ({ server }: Pick<Setup, "server">) =>
  server.requests.filter(({ path }) => path.startsWith("/api/me")).map(({ body }): unknown => JSON.parse(body));

/** A store on a live socket. The same storage is that of another tab. */
async function liveAccount(storage = new MemoryAccountStorage(), setup?: Setup) {
  const used = setup ?? (await setUp());
  const store = new AccountStore(USER_ID, storage);
  const detach = store.attach(used.client.session(USER_ID), used.client);
  onTestFinished(detach);
  const socket = await used.server.socket();
  socket.send(greeting(1, sessionState({ account: accountOf({ version: 1 }) })));
  await until(store, () => store.getSnapshot().me !== undefined && store.getSnapshot().status === "live");
  return { ...used, store, storage, socket, detach };
}

function tell(socket: ScriptedSocket, seq: number, account: ReturnType<typeof accountOf>): void {
  socket.send({ type: "account_updated", seq, account });
}

const themeOf = (store: AccountStore) => store.getSnapshot().me?.preferences.theme;
const isSaved = (store: AccountStore) => () => store.getSnapshot().pending.length === 0;

describe("an account", () => {
  test("is what the page came with, then what is kept, then what the server says, and never older", async () => {
    const { client, server } = await setUp();
    const storage = new MemoryAccountStorage();
    await storage.update(USER_ID, () => ({
      account: accountOf({ version: 3, name: "Kept" }),
      changes: [],
      refusal: null,
    }));
    const store = new AccountStore(USER_ID, storage, accountOf({ version: 2, name: "Rendered" }));
    expect(store.getSnapshot().me?.name).toBe("Rendered");
    onTestFinished(store.attach(client.session(USER_ID), client));
    await until(store, () => store.getSnapshot().me?.name === "Kept");
    const socket = await server.socket();
    socket.send(greeting(1, sessionState({ account: accountOf({ version: 4, flags: { beta: true } }) })));
    await until(store, () => store.getSnapshot().me?.flags["beta"] === true);
    tell(socket, 2, accountOf({ version: 3, name: "Late" }));
    tell(socket, 3, accountOf({ version: 5, name: "Newest" }));
    await until(store, () => store.getSnapshot().me?.name === "Newest");
    expect((await storage.read(USER_ID))?.account.version).toBe(5);
  });

  test("can be changed only once it is known", async () => {
    const { client } = await setUp();
    const store = new AccountStore(USER_ID, new MemoryAccountStorage());
    onTestFinished(store.attach(client.session(USER_ID), client));
    expect(() => store.setPreferences({ theme: "dark" })).toThrow("nothing is known");
  });
});

describe("a change", () => {
  test("shows at once, is sent, and stays shown when news from before it come after the answer", async () => {
    const { store, server, socket, clock } = await liveAccount();
    server.answer = () => ({ status: 200 });
    store.setPreferences({ theme: "dark" });
    expect(themeOf(store)).toBe("dark");
    expect(store.getSnapshot().pending).toHaveLength(1);
    await until(store, isSaved(store));
    expect(changesIn({ server })).toEqual([{ ...DEFAULT_PREFERENCES, theme: "dark" }]);
    tell(socket, 2, accountOf({ version: 2, name: "Ben" }));
    await until(store, () => store.getSnapshot().me?.name === "Ben");
    expect(themeOf(store)).toBe("dark");
    clock.advance(NEWS_LAG_MS);
    await until(store, () => themeOf(store) === "system");
    expect(clock.pending).toBeGreaterThan(0); // The socket's own.
  });

  test("that is refused is taken back with the reason, and those after it are sent", async () => {
    const { store, server } = await liveAccount();
    server.answer = (path) =>
      path === PREFERENCES ? { status: 422, body: refusal("unprocessable") } : { status: 200 };
    store.setPreferences({ theme: "dark" });
    store.setProfile({ name: "Ben" });
    await until(store, isSaved(store));
    expect(store.getSnapshot()).toMatchObject({
      me: { name: "Ben", preferences: { theme: "system" } },
      refusal: { code: "unprocessable", message: "it is unprocessable", change: { fields: { theme: "dark" } } },
    });
    store.dismiss();
    await until(store, () => store.getSnapshot().refusal === null);
  });

  test("is kept and tried again while the server cannot be reached, with growing waits", async () => {
    const { store, server, clock } = await liveAccount();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    store.setPreferences({ theme: "dark" });
    await until(store, () => store.getSnapshot().isWaiting);
    expect(themeOf(store)).toBe("dark");
    server.answer = () => ({ status: 200 });
    clock.advance(500);
    await until(store, isSaved(store));
    expect(store.getSnapshot().isWaiting).toBe(false);
    expect(changesIn({ server })).toHaveLength(2);
  });

  test("is tried at once when the browser is online again", async () => {
    const { store, server, network } = await liveAccount();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    store.setPreferences({ theme: "dark" });
    await until(store, () => store.getSnapshot().isWaiting);
    server.answer = () => ({ status: 200 });
    network.dispatchEvent(new Event("online"));
    await until(store, isSaved(store));
    expect(changesIn({ server })).toHaveLength(2);
  });

  test("is tried at once when the socket is live again", async () => {
    const { store, server, clock, socket } = await liveAccount();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    let armed = clock.armed(500);
    store.setPreferences({ theme: "dark" });
    await armed;
    for (const waitMs of [500, 1_000, 2_000]) {
      armed = clock.armed(2 * waitMs);
      clock.advance(waitMs);
      await armed;
    }
    socket.cut();
    await until(store, () => store.getSnapshot().status === "reconnecting");
    server.answer = () => ({ status: 200 });
    clock.advance(500);
    (await server.socket()).welcome({ seq: 1, resumed: true });
    await until(store, isSaved(store));
    expect(changesIn({ server })).toHaveLength(5);
  });

  test("waits as long as the server asks for, whatever happens meanwhile", async () => {
    const { store, storage, server, clock, network } = await liveAccount();
    const turn = () => storage.alone(USER_ID, () => Promise.resolve(), new AbortController().signal);
    const { error } = refusal("rate_limited");
    server.answer = () => ({ status: 429, body: { error: { ...error, retryAfterMs: 5_000 } } });
    store.setPreferences({ theme: "dark" });
    await until(store, () => store.getSnapshot().isWaiting);
    await turn();
    server.answer = () => ({ status: 200 });
    network.dispatchEvent(new Event("online"));
    store.setProfile({ name: "Ben" });
    clock.advance(4_999);
    // Both changes are stored before this is read, and whoever sends them has the turn before this.
    expect((await storage.read(USER_ID))?.changes).toHaveLength(2);
    await turn();
    expect(changesIn({ server })).toHaveLength(1);
    clock.advance(1);
    await until(store, isSaved(store));
    expect(changesIn({ server })).toHaveLength(3);
  });

  test("brings along what was accepted before it and not told yet: a key is written as a whole", async () => {
    const { store, server } = await liveAccount();
    server.answer = () => ({ status: 200 });
    store.setPreferences({ language: "de" });
    await until(store, isSaved(store));
    store.setPreferences({ theme: "dark" });
    await until(store, isSaved(store));
    expect(changesIn({ server }).at(-1)).toEqual({ ...DEFAULT_PREFERENCES, language: "de", theme: "dark" });
  });

  test("survives the page: the next one sends it", async () => {
    const first = await liveAccount();
    first.server.answer = () => ({ status: 503, body: refusal("unavailable") });
    first.store.setPreferences({ theme: "dark" });
    await until(first.store, () => first.store.getSnapshot().isWaiting);
    first.detach();

    const setup = await setUp();
    setup.server.answer = () => ({ status: 200 });
    const next = await liveAccount(first.storage, setup);
    await until(next.store, () => changesIn(next).length === 1 && isSaved(next.store)());
    expect(themeOf(next.store)).toBe("dark");
    expect(changesIn(next)).toMatchObject([{ theme: "dark" }]);
  });

  test("made twice while it could not be sent is sent once, as it was last", async () => {
    const { store, server, network } = await liveAccount();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    store.setPreferences({ theme: "dark" });
    await until(store, () => store.getSnapshot().isWaiting);
    store.setPreferences({ theme: "light" });
    server.answer = () => ({ status: 200 });
    network.dispatchEvent(new Event("online"));
    await until(store, isSaved(store));
    expect(changesIn({ server }).filter((body) => (body as { theme: string }).theme === "dark")).toHaveLength(1);
    expect(changesIn({ server }).at(-1)).toMatchObject({ theme: "light" });
  });

  test("is carried by the credential of the client, which is renewed once", async () => {
    const setup = await setUp({ auth: { kind: "bearer", token: () => "old", refresh: () => Promise.resolve("new") } });
    setup.server.answer = (path) =>
      path === "/api/tickets" ? { status: 200, body: { ticket: "t" } } : { status: 200 };
    const { store, server } = await liveAccount(undefined, setup);
    server.answer = (path) =>
      path === PREFERENCES && server.requests.at(-1)?.headers.authorization === "Bearer old"
        ? { status: 401, body: refusal("unauthenticated") }
        : { status: 200 };
    store.setPreferences({ theme: "dark" });
    await until(store, isSaved(store));
    expect(store.getSnapshot().refusal).toBeNull();
    const shown = server.requests
      .filter(({ path }) => path === PREFERENCES)
      .map(({ headers }) => headers.authorization);
    expect(shown).toEqual(["Bearer old", "Bearer new"]);
  });

  /** A client whose requests are never answered, and a promise that one is on its way. */
  function unanswered({ client, clock, network }: Setup) {
    const asked = Promise.withResolvers<void>();
    const call: typeof client.call = (_method, _path, _body, signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      asked.resolve();
      return promise;
    };
    return { call, clock, network, random: () => 0.5, asked: asked.promise };
  }

  test("whose answer never comes counts as not arrived", async () => {
    const setup = await setUp();
    const store = new AccountStore(USER_ID, new MemoryAccountStorage(), accountOf({ version: 1 }));
    const silent = unanswered(setup);
    onTestFinished(store.attach(setup.client.session(USER_ID), silent));
    store.setPreferences({ theme: "dark" });
    await silent.asked;
    setup.clock.advance(ANSWER_TIMEOUT_MS);
    await until(store, () => store.getSnapshot().isWaiting);
    expect(themeOf(store)).toBe("dark");
  });

  test("that is on its way while the store is detached is sent by the next attachment", async () => {
    const setup = await setUp();
    setup.server.answer = () => ({ status: 200 });
    const store = new AccountStore(USER_ID, new MemoryAccountStorage(), accountOf({ version: 1 }));
    const silent = unanswered(setup);
    const detach = store.attach(setup.client.session(USER_ID), silent);
    store.setPreferences({ theme: "dark" });
    await silent.asked;
    detach();
    onTestFinished(store.attach(setup.client.session(USER_ID), setup.client));
    await until(store, isSaved(store));
    expect(changesIn(setup)).toMatchObject([{ theme: "dark" }]);
  });
});

describe("two tabs", () => {
  test("show the same at once, and send a change once", async () => {
    const one = await liveAccount();
    const two = await liveAccount(one.storage);
    for (const { server } of [one, two]) server.answer = () => ({ status: 200 });
    one.store.setPreferences({ theme: "dark" });
    await until(two.store, () => themeOf(two.store) === "dark");
    await until(two.store, isSaved(two.store));
    await until(one.store, isSaved(one.store));
    expect([...changesIn(one), ...changesIn(two)]).toHaveLength(1);
  });

  test("both hear that a change was refused", async () => {
    const one = await liveAccount();
    const two = await liveAccount(one.storage);
    for (const { server } of [one, two]) server.answer = () => ({ status: 422, body: refusal("unprocessable") });
    one.store.setPreferences({ theme: "dark" });
    for (const { store } of [one, two]) {
      await until(store, () => store.getSnapshot().refusal !== null);
      expect(themeOf(store)).toBe("system");
    }
  });
});

describe("the end", () => {
  test("of the session leaves nothing of the person behind", async () => {
    const { store, storage, server, socket } = await liveAccount();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    store.setPreferences({ theme: "dark" });
    await until(store, () => store.getSnapshot().isWaiting);
    server.answer = () => ({ status: 401 });
    socket.send({ type: "logged_out" });
    socket.close(4401);
    await until(store, () => store.getSnapshot().status === "closed");
    await until(store, isSaved(store));
    expect(await storage.read(USER_ID)).toBeUndefined();
  });

  test("of the page leaves no timer and no listener, and detaching twice is one", async () => {
    const { store, server, clock, detach, socket } = await liveAccount();
    server.answer = () => ({ status: 503, body: refusal("unavailable") });
    store.setPreferences({ theme: "dark" });
    await until(store, () => store.getSnapshot().isWaiting);
    detach();
    detach();
    await socket.closed;
    expect(clock.pending).toBe(0);
  });
});
