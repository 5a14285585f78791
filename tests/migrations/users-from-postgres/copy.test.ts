import { afterAll, beforeAll, expect, test } from "vitest";
import { userIdOf } from "../../../parties/users/legacy/identity.ts";
import type { ReportedUser } from "../../../schema/http/migrations.ts";
import { setStage, type Stage } from "./stage.ts";

/** A copy that is killed with -9 again and again, of rows of every kind. */

const PLAIN = 600;
const KILLS = 3;
const MEGABYTE = `data:image/png;base64,${"A".repeat(1024 * 1024)}`;
const UNICODE = "Zoë 🌿 宮崎 שלום";
const ODD = [
  { id: "twin-1", email: "ada@example.com", name: "Twin One" },
  { id: "twin-2", email: "ada@example.com", name: "Twin Two" },
  { id: "nameless", email: "nameless@example.com", name: null },
  { id: "blank", email: "blank@example.com", name: " \u200B " },
  { id: "large", email: "large@example.com", name: "Large", picture: MEGABYTE },
  { id: "plain-http", email: "http@example.com", name: "Http", picture: "http://example.com/p.png" },
  { id: "unicode", email: "unicode@example.com", name: UNICODE, picture: "https://example.com/ü.png" },
  { id: "long", email: "long@example.com", name: "n".repeat(5_000) },
  { id: "control", email: "not an address", name: "two\nlines" },
  { id: "github|42", email: "octo@example.com", name: "Octo" },
  { id: "dev|same@example.com", email: "same@example.com", name: "The same way in, as Auth0 writes it" },
  { id: "same@example.com", email: "other@example.com", name: "The same way in" },
  { id: "early@example.com", email: "early@example.com", name: "Early, as PostgreSQL has it" },
  { id: "ünfit", email: "unfit@example.com", name: "Unfit" },
  { id: "", email: "empty@example.com", name: "Empty" },
];
const ROWS = PLAIN + ODD.length;

let stage: Stage;
let early: string;
let exported: Map<string, ReportedUser>;

beforeAll(async () => {
  stage = await setStage("party", { isDropped: true });
  early = (await stage.signIn("early@example.com", "Early")).userId;
  await stage.postgres.insert(
    Array.from({ length: PLAIN }, (_, n) => ({
      id: `plain-${n}`,
      email: `plain-${n}@example.com`,
      name: `Plain ${n}`,
    })),
  );
  await stage.postgres.insert(ODD);
  await stage.deploy("dual");
}, 120_000);

afterAll(async () => {
  await stage.stop();
});

test("a copy that is killed again and again goes on by itself, and takes every row once", async () => {
  const copying = stage.migrate("run");
  for (let kill = 1; kill <= KILLS; kill++) {
    await stage.until(({ copy }) => copy.copied >= (ROWS / (KILLS + 1)) * kill);
    process.kill(stage.server.workerdPid(), "SIGKILL");
  }
  const { code, output } = await copying;
  expect(output).toContain("copy: done");
  expect(code).toBe(0);
  const { copy, reports } = await stage.status();
  // Those who run it and who watch it have rows by now, too, which the copy may have met.
  expect(copy.copied).toBeGreaterThanOrEqual(ROWS);
  expect(copy.copied).toBeLessThanOrEqual(ROWS + 2);
  expect(reports).toEqual({
    id_unfit: 2,
    identity_taken: 1,
    linked: 1,
    duplicate_email: 2,
    email_invalid: 1,
    null_name: 1,
    name_cut: 1,
    name_unfit: 2,
    picture_too_large: 1,
    picture_not_https: 1,
  });
  const verified = await stage.migrate("verify");
  expect(verified.output).toContain(`${ROWS + 2} rows there (2 left out), ${ROWS} people here, 0 differences`);
  expect(verified.code).toBe(0);
}, 120_000);

test("what is kept of an odd row is told, and the report has what was there", async () => {
  exported = new Map((await stage.exported()).map((user) => [user.legacyId, user]));
  const told = (id: string) => exported.get(id)?.reports.map(({ problem, original }) => [problem, original]);
  expect(told("large")).toEqual([["picture_too_large", MEGABYTE]]);
  expect(told("long")).toEqual([["name_cut", "n".repeat(5_000)]]);
  expect(told("blank")).toEqual([["name_unfit", " \u200B "]]);
  expect(told("control")).toEqual([
    ["email_invalid", "not an address"],
    ["name_unfit", "two\nlines"],
  ]);
  expect(told("nameless")).toEqual([["null_name", null]]);
  expect(told("twin-1")).toEqual([["duplicate_email", "ada@example.com"]]);
  expect(told("twin-2")).toEqual([["duplicate_email", "ada@example.com"]]);
  expect(told("")?.[0]?.[1]).toContain("empty@example.com");
  expect(exported.has("unicode")).toBe(false);
  expect(exported.get("nameless")?.user).toMatchObject({ id: userIdOf("nameless"), name: "Someone" });
  expect(exported.get("control")?.user).toMatchObject({ name: "two lines", email: null });
  const { body } = await stage.call("GET", `/api/users/${userIdOf("unicode")}`);
  expect(body).toMatchObject({ name: UNICODE, picture: "https://example.com/%C3%BC.png" });
});

test("who had signed in before the copy keeps the account that they got then", async () => {
  expect(early).not.toBe(userIdOf("early@example.com"));
  expect(exported.get("early@example.com")).toMatchObject({
    user: { id: early, name: "Early, as PostgreSQL has it" },
    reports: [{ problem: "linked" }],
  });
  expect((await stage.signIn("early@example.com", "Early")).userId).toBe(early);
});

test("a second copy changes nothing and reports nothing twice", async () => {
  const { reports } = await stage.status();
  expect((await stage.migrate("run", { ROWS_PER_SECOND: "100000" })).code).toBe(0);
  expect((await stage.status()).reports).toEqual(reports);
  expect((await stage.migrate("verify")).code).toBe(0);
});
