import { afterAll, beforeAll, expect, test } from "vitest";
import { userIdOf } from "../../../parties/users/legacy/identity.ts";
import { setStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage("dual");
});
afterAll(async () => {
  await stage.stop();
});

const MEGABYTE = `data:image/png;base64,${"A".repeat(1024 * 1024)}`;

test("every kind of row is copied as far as it can be, and what cannot is reported with what was there", async () => {
  const email = "ada@example.com";
  await stage.postgres.insert([
    { id: "plain", email: "plain@example.com", name: "Plain Person", picture: "https://example.com/p.png" },
    { id: "twin-1", email, name: "Twin One" },
    { id: "twin-2", email, name: "Twin Two" },
    { id: "nameless", email: "nameless@example.com", name: null },
    { id: "large", email: "large@example.com", name: "Large", picture: MEGABYTE },
    { id: "plain-http", email: "http@example.com", name: "Http", picture: "http://example.com/p.png" },
    { id: "unicode", email: "unicode@example.com", name: "Zoë 🌿 宮崎 שלום" },
    { id: "long", email: "long@example.com", name: "n".repeat(5_000) },
    { id: "control", email: "not an address", name: "two\nlines" },
    { id: "github|42", email: "octo@example.com", name: "Octo" },
    { id: "ünfit", email: "unfit@example.com", name: "Unfit" },
    { id: "", email: "empty@example.com", name: "Empty" },
  ]);
  const { code, output } = await stage.migrate("run");
  expect(output).toContain("copy: done, 13 of 13 rows");
  expect(code).toBe(0);

  const { reports, copy } = await stage.status();
  expect(copy.copied).toBe(13);
  expect(reports).toEqual({
    id_unfit: 2,
    duplicate_email: 2,
    email_invalid: 1,
    null_name: 1,
    name_cut: 1,
    name_unfit: 1,
    picture_too_large: 1,
    picture_not_https: 1,
  });
  const exported = new Map((await stage.exported()).map((user) => [user.legacyId, user]));
  const problemsOf = (id: string) => exported.get(id)?.reports.map(({ problem, original }) => [problem, original]);
  expect(problemsOf("large")).toEqual([["picture_too_large", MEGABYTE]]);
  expect(problemsOf("long")).toEqual([["name_cut", "n".repeat(5_000)]]);
  expect(problemsOf("control")).toEqual([
    ["email_invalid", "not an address"],
    ["name_unfit", "two\nlines"],
  ]);
  expect(problemsOf("nameless")).toEqual([["null_name", null]]);
  expect(problemsOf("twin-1")?.[0]?.[0]).toBe("duplicate_email");
  expect(problemsOf("twin-2")?.[0]?.[0]).toBe("duplicate_email");
  expect(exported.get("")?.reports[0]?.original).toContain("empty@example.com");
  expect(exported.get("unicode")).toBeUndefined();
  expect(exported.get("nameless")?.user).toMatchObject({ name: "Someone", id: userIdOf("nameless") });

  const verified = await stage.migrate("verify");
  expect(verified.output).toContain("13 rows there (2 left out), 11 people here, 0 differences");
  expect(verified.code).toBe(0);
});
