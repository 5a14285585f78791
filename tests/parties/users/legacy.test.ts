import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { identityOf, legacyIdOf, userIdOf } from "../../../parties/users/legacy/identity.ts";
import { findingsIn, keptOf } from "../../../parties/users/legacy/kept.ts";
import { newsFor, newsFrom } from "../../../parties/users/legacy/merge.ts";
import { groupsOf } from "../../../parties/users/legacy/originals.ts";
import { defaultProviderIn } from "../../../parties/users/legacy/settings.ts";
import { userIdSchema } from "../../../schema/ids.ts";

describe("the id of a row", () => {
  test("names its provider before the bar, or is a subject of the default one", () => {
    expect(identityOf("github|123", "dev")).toEqual({ provider: "github", subject: "123" });
    expect(identityOf("google-oauth2|7", "dev")).toEqual({ provider: "google", subject: "7" });
    expect(identityOf("ada@example.com", "dev")).toEqual({ provider: "dev", subject: "ada@example.com" });
    expect(identityOf("a|b|c", "dev")).toEqual({ provider: "a", subject: "b|c" });
  });

  test("is nobody's way in when no subject can be like it, or it claims to be a row", () => {
    for (const id of ["", "ünfit", "a\nb", "x".repeat(256), "postgres|1", "github|", "|1"])
      expect({ id, identity: identityOf(id, "dev") }).toEqual({ id, identity: undefined });
  });

  test("comes back from the identity that it leads to", () => {
    const subject = fc.stringMatching(/^[\x20-\x7e]{1,60}$/);
    fc.assert(
      fc.property(fc.constantFrom("dev", "github", "google", "oidc:https://id.example"), subject, (provider, given) => {
        const key = { provider, subject: given };
        expect(identityOf(legacyIdOf(key, "dev"), "dev")).toEqual(key);
      }),
    );
  });

  test("makes the same user's id each time, and another one for another row", () => {
    expect(userIdOf("abc")).toBe("usr_JJo4v3o3Mr8o0t4F2qcDC");
    expect(userIdSchema.safeParse(userIdOf("ünfit")).success).toBe(true);
    expect(userIdOf("abd")).not.toBe(userIdOf("abc"));
  });

  test("belongs to the issuer that is set up, unless a setting names another provider", () => {
    expect(defaultProviderIn({ OIDC_ISSUER: "https://id.example" })).toBe("oidc:https://id.example");
    expect(defaultProviderIn({ OIDC_ISSUER: "https://id.example", OIDC_IS_CLERK: "1" })).toBe("clerk");
    expect(defaultProviderIn({ USERS_POSTGRES_PROVIDER: "github" })).toBe("github");
  });
});

describe("what is kept of a row", () => {
  const problemsOf = (row: { name?: string | null; email?: string | null; picture?: string | null }) =>
    findingsIn({ name: "Ada", email: null, picture: null, ...row }).map(({ problem }) => problem);

  test("is what it says, wherever that can be kept", () => {
    const row = { name: "Zoë 宮崎 🌿", email: "zoe@example.com", picture: "https://example.com/z.png" };
    expect(keptOf(row)).toEqual(row);
    expect(findingsIn(row)).toEqual([]);
  });

  test("differs for a reason that is told", () => {
    expect(problemsOf({ name: null })).toEqual(["null_name"]);
    expect(problemsOf({ name: "\u200B" })).toEqual(["name_unfit"]);
    expect(problemsOf({ name: "two\nlines" })).toEqual(["name_unfit"]);
    expect(problemsOf({ name: "n".repeat(81) })).toEqual(["name_cut"]);
    expect(problemsOf({ email: "nobody" })).toEqual(["email_invalid"]);
    expect(problemsOf({ picture: "http://example.com/a.png" })).toEqual(["picture_not_https"]);
    expect(problemsOf({ picture: `data:${"A".repeat(2_001)}` })).toEqual(["picture_too_large"]);
  });

  test("differs nowhere without a reason", () => {
    const text = fc.option(fc.string({ unit: "grapheme", maxLength: 120 }), { nil: null });
    fc.assert(
      fc.property(text, text, text, (name, email, picture) => {
        const row = { name, email, picture };
        const kept = keptOf(row);
        const told = new Set(findingsIn(row).map(({ field }) => field));
        expect(kept.name === name || told.has("name")).toBe(true);
        expect(kept.email === email || told.has("email")).toBe(true);
        // An address may be spelled in several ways; it is kept in one.
        expect(kept.picture !== null || picture === null || told.has("picture")).toBe(true);
      }),
    );
  });
});

describe("two sides that both change", () => {
  const base = { name: "Ada", email: "ada@example.com", picture: null };

  test("each field's change is taken over, and the other side's fields stay", () => {
    const theirs = { ...base, name: "Ada there" };
    const ours = { ...base, picture: "https://example.com/here.png" };
    for (const winner of ["postgres", "party"] as const) {
      expect(newsFrom(theirs, base, ours, winner)).toEqual({ name: "Ada there" });
      expect(newsFor(base, base, ours, winner)).toEqual({ picture: "https://example.com/here.png" });
    }
  });

  test("where both have changed one field, the side that decides has its way", () => {
    const [theirs, ours] = [
      { ...base, name: "There" },
      { ...base, name: "Here" },
    ];
    expect(newsFrom(theirs, base, ours, "postgres")).toEqual({ name: "There" });
    expect(newsFor(theirs, base, ours, "postgres")).toEqual({});
    expect(newsFrom(theirs, base, ours, "party")).toEqual({});
    expect(newsFor(theirs, base, ours, "party")).toEqual({ name: "Here" });
  });

  test("an address that comes from PostgreSQL is nobody's proven one", () => {
    expect(newsFrom({ ...base, email: "new@example.com" }, base, base, "postgres")).toEqual({
      email: "new@example.com",
      emailVerified: false,
    });
  });

  test("of a row that is seen for the first time, what it does not say takes nothing away", () => {
    const ours = { name: "Ada", email: "ada@example.com", picture: "https://example.com/a.png" };
    const theirs = { name: "Someone", email: null, picture: "https://example.com/b.png" };
    expect(newsFrom(theirs, null, ours, "postgres")).toEqual({ picture: "https://example.com/b.png" });
    expect(newsFrom(theirs, null, ours, "party")).toEqual({});
  });

  test("end up the same, whichever decides", () => {
    const field = fc.constantFrom("a", "b", "c");
    const side = fc.record({ name: field, email: field, picture: field });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        fc.constantFrom("postgres" as const, "party" as const),
        (then, theirs, ours, by) => {
          const here = Object.assign({}, ours, newsFrom(theirs, then, ours, by));
          // What was taken over is what PostgreSQL was seen to say.
          const there = { ...theirs, ...newsFor(theirs, theirs, here, by) };
          expect({ name: here.name, email: here.email, picture: here.picture }).toEqual(there);
        },
      ),
    );
  });
});

test("rows go in groups of at most fifty and a few megabytes, each once and in order", () => {
  const sizes = [...Array.from({ length: 120 }, () => 100), 3_000_000, 3_000_000, 9_000_000, 10];
  const rows = sizes.map((bytes, n) => ({ id: `r${n}`, name: null, email: null, picture: null, bytes, xmin: "1" }));
  const groups = [...groupsOf(rows)];
  expect(groups.map((group) => group.length)).toEqual([50, 50, 21, 1, 1, 1]);
  expect(groups.flat()).toEqual(rows);
});
