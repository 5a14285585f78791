import { expect, test } from "vitest";
import { changed } from "../../../client/web/app/use-user.ts";
import { fromSearch, toSearch } from "../../../client/web/app/users-query.ts";
import { providerName, wayInTitle } from "../../../client/web/app/providers.ts";
import type { UserDetails } from "../../../schema/http/users.ts";

const details: UserDetails = {
  user: {
    ...{ id: "usr_0000000000000000000a1", name: "Ada", picture: null, email: null, emailVerified: false },
    ...{ role: "user", status: "active", deleteAt: null, version: 1 },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" },
  },
  identities: [],
  data: { feature_flags: { beta: true, old: false } },
};

test("a change shows in the record, and a flag that is null is gone", () => {
  expect(changed(details, { name: "Ben", flags: { old: null, new_editor: true } })).toMatchObject({
    user: { name: "Ben", role: "user" },
    data: { feature_flags: { beta: true, new_editor: true } },
  });
  expect(changed(details, { flags: { beta: null, old: null } }).data.feature_flags).toEqual({});
});

test("a query survives the address, and what the address says wrong counts as not said", () => {
  const query = { search: "Ada & Ben", role: "admin", status: "suspended" } as const;
  expect(fromSearch(toSearch(query))).toEqual(query);
  expect(toSearch({ search: "  ", role: null, status: null }).toString()).toBe("");
  expect(fromSearch(new URLSearchParams("role=king&status=toString"))).toEqual({
    search: "",
    role: null,
    status: null,
  });
});

test("a way in is called what people call it, with the address of an installation of its own", () => {
  expect(["github", "dev", "oidc:https://id.example/realm", "saml"].map(wayInTitle)).toEqual([
    "GitHub",
    "Development sign-in",
    "Single sign-on (id.example)",
    "Saml",
  ]);
  expect(providerName("dev")).toBeUndefined();
});
