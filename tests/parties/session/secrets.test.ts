import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { SessionParty } from "../../../parties/session/index.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { catchLogs } from "../../helpers/logs.ts";
import { hibernate, rowsOf } from "../../helpers/objects.ts";
import { givenSessions, refusal, type Sessions } from "../support.ts";
import { auditOf } from "./audit-rows.ts";

withD1Migrations();
const MINUTE_MS = 60_000;
const TOKEN = "ghr_1B4a2e77838347a7E420ce178F2E7c6912E169246c34E1ccbF66C46812d16D5B1A9Dc86A1498";
const K1 = `k1:${btoa("understory tests: another 32 byt")}`;
const K2 = `k2:${btoa("understory tests: the second key")}`;

/** Everything that a party has stored, in all its tables. */
async function dump(sessions: Sessions): Promise<string> {
  return await runInDurableObject(sessions.object, (_, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    return tables
      .filter(({ name }) => !name.startsWith("_cf"))
      .map(({ name }) => `${name}: ${JSON.stringify(sql.exec(`SELECT * FROM "${name}"`).toArray())}`)
      .join("\n");
  });
}

/** Gives a party other keys, as a deployment with a new setting would, until it sleeps. */
async function deploy(sessions: Sessions, keys: string): Promise<void> {
  await hibernate(sessions.object);
  await runInDurableObject(sessions.object as DurableObjectStub<SessionParty>, (party) => {
    party["env"] = { ...party["env"], ENCRYPTION_KEYS: keys };
  });
}

async function sealedToken(sessions: Sessions, sessionId: string) {
  return (await rowsOf(sessions.object, "sessions")).find(({ id }) => id === sessionId)?.["refresh_token"];
}

async function setSealedToken(sessions: Sessions, sessionId: string, sealed: SqlStorageValue): Promise<void> {
  await runInDurableObject(sessions.object, (_, { storage }) => {
    storage.sql.exec("UPDATE sessions SET refresh_token = ? WHERE id = ?", sealed, sessionId);
  });
}

async function signedInWithGithub(sessions: Sessions) {
  return await sessions.create({ provider: "github", refreshToken: TOKEN });
}

test("storage and the audit log hold no secret, only hashes and what is sealed", async () => {
  const logged = catchLogs();
  const sessions = givenSessions();
  const made = await signedInWithGithub(sessions);
  const next = await sessions.rotate(made);
  const retried = await sessions.rotate(made);
  const to = { party: "session", name: sessions.user.id };
  const used = await sessions.party.issueTicket({ sessionId: made.sessionId, ...to });
  const ticket = await sessions.party.issueTicket({ sessionId: made.sessionId, ...to });
  await sessions.party.redeemTicket({ secret: used.secret, ...to });
  const socket = await sessions.join(next);
  await socket.ask({ type: "update_settings", settings: { theme: "dark" } });
  await sessions.party.readRefreshToken({ sessionId: made.sessionId });
  await sessions.refresh({ sessionId: made.sessionId, secret: "a wrong secret" });

  const places = [await dump(sessions), JSON.stringify(await auditOf(sessions)), await dump(sessions)];
  expect(places[0]).toContain(made.sessionId);
  expect(places[0]).toMatch(/s1\.k1\.[\w-]+/);
  places.push(JSON.stringify(logged), socket.messages.join("\n"));
  for (const secret of [
    ...[made, next, retried].flatMap((held) => [held.secret, held.accessSecret]),
    ...[used, ticket].map((one) => one.secret),
    TOKEN,
    btoa(TOKEN),
    "a wrong secret",
  ]) {
    for (const place of places) expect(place).not.toContain(secret);
  }
});

test("the provider's token comes back as it was given, also after a wake and a refresh", async () => {
  const sessions = givenSessions();
  const made = await signedInWithGithub(sessions);
  const { sessionId } = made;
  expect(await sessions.party.readRefreshToken({ sessionId })).toEqual({ provider: "github", refreshToken: TOKEN });
  await sessions.rotate(made);
  await hibernate(sessions.object);
  expect(await sessions.party.readRefreshToken({ sessionId })).toEqual({ provider: "github", refreshToken: TOKEN });
  const { sessionId: without } = await sessions.create({ provider: "dev" });
  expect(await sessions.party.readRefreshToken({ sessionId: without })).toBeNull();
});

test("a sealed token opens for its own session, person and key only", async () => {
  const [sessions, others] = [givenSessions(), givenSessions()];
  const [mine, second, theirs] = [
    await signedInWithGithub(sessions),
    await signedInWithGithub(sessions),
    await signedInWithGithub(others),
  ];
  const sealed = await sealedToken(sessions, mine.sessionId);
  if (typeof sealed !== "string") throw new Error("The token was sealed");
  expect(await sealedToken(sessions, second.sessionId)).not.toBe(sealed);

  const read = (from: Sessions, sessionId: string) => from.party.readRefreshToken({ sessionId });
  await setSealedToken(sessions, second.sessionId, sealed);
  await setSealedToken(others, theirs.sessionId, sealed);
  expect(await refusal(read(sessions, second.sessionId))).toMatchObject({
    code: "gone",
    details: { reason: "damaged" },
  });
  expect(await refusal(read(others, theirs.sessionId))).toMatchObject({ code: "gone" });
  // Under the very id of the session that it was sealed for, in another person's party.
  await runInDurableObject(others.object, (_, { storage }) => {
    storage.sql.exec("UPDATE sessions SET id = ?", mine.sessionId);
  });
  expect(await refusal(read(others, mine.sessionId))).toMatchObject({ code: "gone" });

  const flip = (at: number) => sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
  const wrong = ["", "s1.k1.", sealed.replace("s1.", "s2."), sealed.slice(0, -4), flip(7), flip(30), flip(60)];
  for (const changed of wrong) {
    await setSealedToken(sessions, mine.sessionId, changed);
    expect(await refusal(read(sessions, mine.sessionId))).toMatchObject({
      code: "gone",
      details: { reason: "damaged" },
    });
  }
  await setSealedToken(sessions, mine.sessionId, sealed);
  expect(await read(sessions, mine.sessionId)).toMatchObject({ refreshToken: TOKEN });
});

test("a token is sealed anew with the current key when its session is next written", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const [used, refreshed, untouched] = [
    await signedInWithGithub(sessions),
    await signedInWithGithub(sessions),
    await signedInWithGithub(sessions),
  ];
  await deploy(sessions, `${K2},${K1}`);
  await sessions.cookie(used);
  expect(await sealedToken(sessions, used.sessionId)).toMatch(/^s1\.k1\./);
  clock.advance(MINUTE_MS);
  await sessions.cookie(used);
  await sessions.rotate(refreshed);
  const resealed = await sealedToken(sessions, used.sessionId);
  expect(resealed).toMatch(/^s1\.k2\./);
  expect(await sealedToken(sessions, refreshed.sessionId)).toMatch(/^s1\.k2\./);
  expect(await sealedToken(sessions, untouched.sessionId)).toMatch(/^s1\.k1\./);
  for (const { sessionId } of [used, refreshed, untouched])
    expect(await sessions.party.readRefreshToken({ sessionId })).toMatchObject({ refreshToken: TOKEN });
  // What is under the current key stays as it is.
  clock.advance(MINUTE_MS);
  await sessions.cookie(used);
  expect(await sealedToken(sessions, used.sessionId)).toBe(resealed);

  await deploy(sessions, K2);
  for (const { sessionId } of [used, refreshed])
    expect(await sessions.party.readRefreshToken({ sessionId })).toMatchObject({ refreshToken: TOKEN });
  expect(await refusal(sessions.party.readRefreshToken({ sessionId: untouched.sessionId }))).toMatchObject({
    code: "gone",
    details: { reason: "retired_key" },
  });
});

test("a session whose token's key has been retired goes on, and keeps the token for the key's return", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const made = await signedInWithGithub(sessions);
  const { sessionId } = made;
  const sealed = await sealedToken(sessions, sessionId);
  await deploy(sessions, K2);
  expect(await refusal(sessions.party.readRefreshToken({ sessionId }))).toMatchObject({
    code: "gone",
    details: { reason: "retired_key" },
  });
  const logged = catchLogs();
  clock.advance(MINUTE_MS);
  expect(await sessions.cookie(made)).toMatchObject({ valid: true });
  const next = await sessions.rotate(made);
  expect(await sessions.access(next)).toMatchObject({ valid: true });
  expect(await sealedToken(sessions, sessionId)).toBe(sealed);
  expect(logged).toContainEqual(expect.objectContaining({ event: "seal.unreadable", reason: "retired_key" }));
  await deploy(sessions, `${K2},${K1}`);
  expect(await sessions.party.readRefreshToken({ sessionId })).toMatchObject({ refreshToken: TOKEN });
});
