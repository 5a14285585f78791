import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { userIdOf } from "../../../parties/users/legacy/identity.ts";
import { setStage, type Stage } from "./stage.ts";

/** One community's way from PostgreSQL alone to the users party and back: each part begins where the one before ended. */

let stage: Stage;
beforeAll(async () => {
  stage = await setStage("postgres");
});
afterAll(async () => {
  await stage.stop();
});

const PEOPLE = 400;
const personOf = (n: number) => ({
  id: `p${String(n).padStart(5, "0")}`,
  email: `p${n}@example.com`,
  name: `Person ${n}`,
});

async function rowOf(id: string) {
  const rows = await stage.postgres.users();
  return rows.find((row) => row.id === id);
}

async function personAt(userId: string, token?: string) {
  return await stage.call("GET", `/api/users/${userId}`, token === undefined ? {} : { token });
}

describe("with PostgreSQL alone", () => {
  test("who signs in gets a row there, and is who the row says", async () => {
    const { userId, accessToken } = await stage.signIn("ruth@example.com", "Ruth");
    expect(userId).toBe(userIdOf("ruth@example.com"));
    expect(await rowOf("ruth@example.com")).toEqual({
      id: "ruth@example.com",
      email: "ruth@example.com",
      name: "Ruth",
      picture: null,
    });
    expect((await personAt(userId)).body).toEqual({ id: userId, name: "Ruth", picture: null });
    await stage.postgres.query("UPDATE users SET name = 'Ruth O.' WHERE id = 'ruth@example.com'");
    expect((await personAt(userId)).body).toMatchObject({ name: "Ruth O." });
    expect((await stage.call("GET", "/api/me", { token: accessToken })).status).toBe(200);
  });

  test("somebody who never came here is found all the same, and nobody is not", async () => {
    await stage.postgres.insert([{ id: "quiet", email: "quiet@example.com", name: "Quiet" }]);
    expect(await personAt(userIdOf("quiet"))).toMatchObject({ status: 200, body: { name: "Quiet" } });
    expect(await personAt(userIdOf("nobody"))).toMatchObject({ status: 404 });
  });

  test("what only the users party can do is answered with why not", async () => {
    const { accessToken: token } = await stage.signIn("ruth@example.com", "Ruth");
    const answers = await Promise.all([
      stage.call("GET", "/api/me/data", { token }),
      stage.call("PATCH", "/api/me", { token, body: { name: "R" } }),
      stage.call("POST", "/api/me/deletion", { token }),
    ]);
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(JSON.stringify(body)).toContain("USERS_MODE is postgres");
    }
    const { code, output } = await stage.migrate("run");
    expect(code).toBe(3);
    expect(output).toContain("set it to dual first");
  });
});

test("only operators see how far the move is, and steer it", async () => {
  const { accessToken: token } = await stage.signIn("ruth@example.com", "Ruth");
  const path = "/ops/migrations/users-from-postgres";
  for (const [method, to] of [
    ["GET", path],
    ["GET", `${path}/export`],
    ["POST", `${path}/run`],
    ["POST", `${path}/rollback`],
  ] as const) {
    const body = method === "POST" ? { body: {} } : {};
    expect((await stage.call(method, to, body)).status).toBe(401);
    expect((await stage.call(method, to, { token, ...body })).status).toBe(403);
  }
});

describe("with both", () => {
  test("a copy takes every row once while they are written, changed and deleted there", async () => {
    await stage.postgres.insert(Array.from({ length: PEOPLE }, (_, n) => personOf(n)));
    await stage.deploy("dual");
    const copying = stage.migrate("run");
    await stage.until(({ copy }) => copy.copied > 0);
    await stage.postgres.query("UPDATE users SET name = 'Changed early' WHERE id = 'p00001'");
    await stage.postgres.query("UPDATE users SET name = 'Changed late' WHERE id = 'p00390'");
    await stage.postgres.query("DELETE FROM users WHERE id IN ('p00002', 'p00391')");
    await stage.postgres.query("UPDATE users SET id = 'p00003-renamed' WHERE id = 'p00003'");
    await stage.postgres.insert([
      { id: "a-first", email: "first@example.com", name: "Behind the cursor" },
      { id: "z-last", email: "last@example.com", name: "Before the cursor" },
    ]);
    const { code, output } = await copying;
    expect(output).toContain("copy: done");
    expect(code).toBe(0);
    await stage.until(({ waiting }) => waiting.fromPostgres === 0);
    const verified = await stage.migrate("verify");
    expect(verified.output).toContain("0 differences");
    expect(verified.code).toBe(0);
    expect((await personAt(userIdOf("p00002"))).status).toBe(410);
    const { verification } = await stage.status();
    const rows = await stage.postgres.users();
    expect(verification).toMatchObject({ there: rows.length, here: rows.length, leftOut: 0 });
  });

  test("the person of a copied row signs in to the account that the copy has made", async () => {
    const { userId, accessToken } = await stage.signIn("ruth@example.com", "Ruth O.");
    expect(userId).toBe(userIdOf("ruth@example.com"));
    expect((await stage.call("GET", "/api/me/data", { token: accessToken })).status).toBe(200);
  });

  test("who signs in for the first time is in PostgreSQL first and in the party at once", async () => {
    const { userId, accessToken: token } = await stage.signIn("new@example.com", "New");
    expect(userId).toBe(userIdOf("new@example.com"));
    expect(await rowOf("new@example.com")).toMatchObject({ name: "New" });
    const { status, body } = await stage.call("GET", "/api/me/data", { token });
    expect({ status, body }).toMatchObject({ status: 200 });
  });

  test("a changed profile is changed in both, and reading follows PostgreSQL", async () => {
    const { userId, accessToken: token } = await stage.signIn("new@example.com", "New");
    const changed = await stage.call("PATCH", "/api/me", { token, body: { name: "Newer" } });
    expect(changed).toMatchObject({ status: 200, body: { name: "Newer" } });
    expect(await rowOf("new@example.com")).toMatchObject({ name: "Newer" });
    await stage.postgres.query("UPDATE users SET name = 'Newest' WHERE id = 'new@example.com'");
    expect((await personAt(userId)).body).toMatchObject({ name: "Newest" });
    await stage.until(({ waiting }) => waiting.fromPostgres === 0);
    expect((await stage.call("GET", "/api/me", { token })).body).toMatchObject({ user: { name: "Newest" } });
  });

  test("while PostgreSQL is away nobody signs in, and who is signed in goes on", async () => {
    const { accessToken: token, userId } = await stage.signIn("new@example.com", "New");
    await stage.postgres.goAway();
    expect((await stage.call("POST", "/auth/dev", { body: { email: "new@example.com", name: "New" } })).status).toBe(
      503,
    );
    expect((await stage.call("GET", "/api/me", { token })).status).toBe(200);
    expect((await personAt(userId)).status).toBe(200);
    await stage.until(({ lastError }) => lastError !== null);
    await stage.postgres.comeBack();
    await stage.until(({ lastError }) => lastError === null);
    expect((await stage.signIn("new@example.com", "New")).userId).toBe(userId);
  });

  test("an account whose row went and came back is another one", async () => {
    await stage.postgres.query("DELETE FROM users WHERE id = 'new@example.com'");
    await stage.until(({ waiting }) => waiting.fromPostgres === 0);
    const { userId } = await stage.signIn("new@example.com", "Newcomer");
    expect(userId).not.toBe(userIdOf("new@example.com"));
    await vi.waitFor(async () => {
      expect((await personAt(userIdOf("new@example.com"))).status).toBe(410);
    });
    expect((await personAt(userId)).body).toMatchObject({ name: "Newcomer" });
  });

  test("an account that is deleted here does not come back by a row that was changed before", async () => {
    const { accessToken: token } = await stage.signIn("operator@understory.example", "Operator");
    const { userId } = await stage.signIn("leaver@example.com", "Leaver");
    await stage.until(({ waiting }) => waiting.fromPostgres === 0 && waiting.toPostgres === 0);
    const [, removed] = await Promise.all([
      stage.postgres.query("UPDATE users SET name = 'Still there' WHERE id = 'leaver@example.com'"),
      stage.call("DELETE", `/api/admin/users/${userId}`, { token }),
    ]);
    expect(removed.status).toBe(204);
    await stage.until(({ waiting }) => waiting.fromPostgres === 0 && waiting.toPostgres === 0);
    expect(await rowOf("leaver@example.com")).toBeUndefined();
    expect((await stage.migrate("verify")).output).toContain("0 differences");
    // And whoever comes back at once is somebody new, with a row.
    const again = await stage.signIn("leaver@example.com", "Leaver");
    expect(again.userId).not.toBe(userId);
    expect(await rowOf("leaver@example.com")).toMatchObject({ name: "Leaver" });
  });

  test("what an administrator changes here is carried back, and gives way to what PostgreSQL has changed", async () => {
    const { accessToken: token } = await stage.signIn("operator@understory.example", "Operator");
    const path = `/api/admin/users/${userIdOf("p00010")}`;
    expect((await stage.call("PATCH", path, { token, body: { name: "Named here" } })).status).toBe(200);
    await stage.until(({ waiting }) => waiting.toPostgres === 0);
    expect(await rowOf("p00010")).toMatchObject({ name: "Named here" });
    expect((await stage.migrate("verify")).code).toBe(0);
  });
});

describe("with the users party", () => {
  test("changes, new people and deletions are carried back, so that the way back stays open", async () => {
    await stage.deploy("party");
    const operator = await stage.signIn("operator@understory.example", "Operator");
    await stage.postgres.goAway();
    const ruth = await stage.signIn("ruth@example.com", "Ruth O.");
    await stage.call("PATCH", "/api/me", { token: ruth.accessToken, body: { name: "Ruth 🌿" } });
    await stage.signIn("latecomer@example.com", "Latecomer");
    const gone = `/api/admin/users/${userIdOf("p00020")}`;
    expect((await stage.call("DELETE", gone, { token: operator.accessToken })).status).toBe(204);

    expect((await stage.status()).waiting.toPostgres).toBe(3);
    await stage.postgres.comeBack();
    const { code, output } = await stage.migrate("rollback");
    expect(output).toContain("0 differences");
    expect(output).toContain("Now set USERS_MODE to dual");
    expect(code).toBe(0);
    expect(await rowOf("ruth@example.com")).toMatchObject({ name: "Ruth 🌿" });
    expect(await rowOf("latecomer@example.com")).toMatchObject({ name: "Latecomer" });
    expect(await rowOf("p00020")).toBeUndefined();
  });

  test("a verification tells what differs, by fingerprints and never by values", async () => {
    await stage.postgres.query("UPDATE users SET name = 'Secretly' WHERE id = 'p00030'");
    await stage.postgres.query("DELETE FROM users WHERE id = 'p00031'");
    await stage.postgres.insert([{ id: "stranger", email: "stranger@example.com", name: "Stranger" }]);
    const { code, output } = await stage.migrate("verify");
    expect(code).toBe(1);
    expect(output).toMatch(/different: p00030 \(here [0-9a-f]{16}, there [0-9a-f]{16}\)/);
    expect(output).toMatch(/missing there: p00031 \(here [0-9a-f]{16}, there nothing\)/);
    expect(output).toMatch(/missing here: stranger \(here nothing, there [0-9a-f]{16}\)/);
    expect(output).not.toMatch(/Secretly|Stranger|example\.com/);
  });

  test("a copy takes in who is new there and what is news, and nobody goes who was deleted there before", async () => {
    await stage.postgres.query("UPDATE users SET name = 'There' WHERE id = 'ruth@example.com'");
    const ruth = await stage.signIn("ruth@example.com", "Ruth O.");
    await stage.call("PATCH", "/api/me", { token: ruth.accessToken, body: { name: "Here" } });
    expect((await stage.migrate("run")).output).toContain("copy: done");
    const nameOf = async (id: string) => (await personAt(userIdOf(id))).body;
    await vi.waitFor(async () => expect(await nameOf("stranger")).toMatchObject({ name: "Stranger" }));
    expect(await nameOf("p00030")).toMatchObject({ name: "Secretly" });
    expect(await nameOf("p00031")).toMatchObject({ name: "Person 31" });
    expect(await rowOf("ruth@example.com")).toMatchObject({ name: "Here" });
    const verified = await stage.migrate("verify");
    expect(verified.output).toContain("1 differences");
    expect(verified.output).toContain("missing there: p00031");
  });

  test("back with both, PostgreSQL decides again", async () => {
    await stage.deploy("dual");
    await stage.postgres.query("UPDATE users SET name = 'Decided' WHERE id = 'p00030'");
    await stage.postgres.query("INSERT INTO users (id, name) VALUES ('p00031', 'Person 31 again')");
    expect((await personAt(userIdOf("p00030"))).body).toMatchObject({ name: "Decided" });
    await stage.until(({ waiting }) => waiting.fromPostgres === 0);
    expect((await stage.migrate("verify")).code).toBe(0);
  });

  test("once PostgreSQL is gone, all goes on and nothing waits for it; there is no way back", async () => {
    await stage.deploy("party", { isDropped: true });
    const ruth = await stage.signIn("ruth@example.com", "Ruth 🌿");
    await stage.call("PATCH", "/api/me", { token: ruth.accessToken, body: { name: "Ruth" } });
    const { waiting, isBound } = await stage.status();
    expect({ isBound, waiting: waiting.toPostgres }).toEqual({ isBound: false, waiting: 0 });
    const { code, output } = await stage.migrate("rollback");
    expect(code).toBe(3);
    expect(output).toContain("There is no PostgreSQL");
  });
});
