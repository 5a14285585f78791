import { describe, expect, test } from "vitest";
import {
  type Change,
  type KeptAccount,
  NEWS_LAG_MS,
  overlaid,
  requestOf,
  settled,
  withAnswer,
  withChange,
  withNews,
  withRefusal,
} from "../../../client/core/account-changes.ts";
import type { Preferences } from "../../../schema/user-data.ts";
import { accountOf } from "../helpers/session-fixtures.ts";

const DARK: Partial<Preferences> = { theme: "dark" };

function changeOf(id: string, fields: Partial<Preferences>, answeredAt: number | null = null): Change {
  return { id, kind: "preferences", fields, answeredAt };
}

function keptWith(...changes: Change[]): KeptAccount {
  return { account: accountOf({ version: 1 }), changes, refusal: null };
}

const themeOf = ({ account, changes }: KeptAccount) => overlaid(account, changes).preferences.theme;
const idsOf = ({ changes }: KeptAccount) => changes.map(({ id }) => id);

describe("what was changed here", () => {
  test("shows over what the server says, the last change of a field on top", () => {
    const { account, changes } = keptWith(changeOf("a", DARK), changeOf("b", { language: "de" }));
    const named: Change = { id: "c", kind: "profile", fields: { name: "Ben", picture: null }, answeredAt: null };
    expect(overlaid(account, [...changes, changeOf("d", { theme: "light" }), named])).toMatchObject({
      name: "Ben",
      picture: null,
      preferences: { theme: "light", language: "de", timezone: "UTC" },
    });
  });

  test("replaces an earlier change of which nothing would be seen, and no other", () => {
    const before = keptWith(changeOf("a", DARK), changeOf("b", { theme: "dark", language: "de" }));
    expect(idsOf(withChange(before, changeOf("c", { theme: "light" })))).toEqual(["b", "c"]);
    const named: Change = { id: "d", kind: "profile", fields: {}, answeredAt: null };
    expect(idsOf(withChange(before, named))).toEqual(["a", "b", "d"]);
  });

  test("goes to the server as the whole of a key, over what is known now", () => {
    const shown = accountOf({ preferences: { theme: "light", notifications: false, language: "de", timezone: "UTC" } });
    expect(requestOf(changeOf("a", DARK), shown)).toEqual({
      method: "PUT",
      path: "/api/me/data/preferences",
      body: { theme: "dark", notifications: false, language: "de", timezone: "UTC" },
    });
    const named: Change = { id: "b", kind: "profile", fields: { name: "Ben" }, answeredAt: null };
    expect(requestOf(named, shown)).toEqual({ method: "PATCH", path: "/api/me", body: { name: "Ben" } });
  });
});

describe("news of the server", () => {
  test("never make an account older", () => {
    const kept = keptWith();
    expect(withNews(kept, accountOf({ version: 1, name: "Older" }))).toBe(kept);
    expect(withNews(kept, accountOf({ version: 2, name: "Newer" })).account.name).toBe("Newer");
  });

  test("that lag behind the answer don't take the change back, and those that show it end it", () => {
    const accepted = withAnswer(keptWith(changeOf("a", DARK)), "a", 1, 0);
    const late = withNews(accepted, accountOf({ version: 2, name: "Ben" }));
    expect([themeOf(late), late.account.name]).toEqual(["dark", "Ben"]);
    const { preferences } = overlaid(late.account, late.changes);
    const told = withNews(late, accountOf({ version: 3, preferences }));
    expect(told.changes).toEqual([]);
    expect(themeOf(told)).toBe("dark");
    expect(themeOf(withNews(told, accountOf({ version: 4 })))).toBe("system");
  });

  test("that overtook the answer end the change with it", () => {
    const { account, changes } = keptWith(changeOf("a", DARK));
    const told = withNews(keptWith(...changes), { ...overlaid(account, changes), version: 2 });
    expect(idsOf(told)).toEqual(["a"]);
    expect(idsOf(withAnswer(told, "a", 1, 0))).toEqual([]);
  });

  test("that never come are waited for a little while", () => {
    const accepted = withAnswer(keptWith(changeOf("a", DARK), changeOf("b", { language: "de" })), "a", 1, 1_000);
    expect(settled(accepted, 1_000 + NEWS_LAG_MS - 1)).toBe(accepted);
    expect(idsOf(settled(accepted, 1_000 + NEWS_LAG_MS))).toEqual(["b"]);
  });
});

describe("a refusal", () => {
  const why = { code: "unprocessable", message: "The input is not valid", issues: [] } as const;

  test("takes back the change it is about and no other, and stays until something is changed again", () => {
    const refused = withRefusal(keptWith(changeOf("a", DARK), changeOf("b", { language: "de" })), "a", why);
    expect(idsOf(refused)).toEqual(["b"]);
    expect(refused.refusal).toEqual({ change: changeOf("a", DARK), ...why });
    expect(withChange(refused, changeOf("c", DARK)).refusal).toBeNull();
  });

  test("of a change that has been replaced meanwhile is nobody's", () => {
    const kept = keptWith(changeOf("b", DARK));
    expect(withRefusal(kept, "a", why)).toBe(kept);
  });
});
