import { expect, test } from "vitest";
import { locksOf } from "../../../client/web/app/powers.ts";
import { requirePower } from "../../../parties/users/powers.ts";
import type { UserRow } from "../../../parties/users/records.ts";
import type { UserChanges } from "../../../schema/http/users.ts";
import { roleSchema } from "../../../schema/principal.ts";

function rowOf(id: string, role: UserRow["role"]): UserRow {
  return {
    ...{ id, name: id, picture: null, email: null, emailVerified: false, role, status: "active", suspendedBy: null },
    ...{ createdAt: 0, updatedAt: 0, deleteAt: null, signedInAt: null, version: 1 },
  };
}

const pairs = (["admin", "super_admin"] as const).flatMap((role) => [
  ...roleSchema.options.map((of) => ({
    name: `${role} to ${of}`,
    actor: rowOf("usr_a", role),
    target: rowOf("usr_b", of),
  })),
  { name: `${role} to themselves`, actor: rowOf("usr_a", role), target: rowOf("usr_a", role) },
]);

test.each(pairs)("what an administrator's page locks is what the party refuses: $name", ({ actor, target }) => {
  const refusalOf = (changes: UserChanges | "delete"): string | null => {
    try {
      requirePower(actor, target, changes);
      return null;
    } catch (error) {
      return error instanceof Error ? `${error.message}.` : "";
    }
  };
  const role = target.role === "user" ? "admin" : "user";
  expect(locksOf(actor, target)).toEqual({
    record: refusalOf({ flags: {} }),
    role: refusalOf({ role }),
    standing: refusalOf("delete"),
  });
  expect(refusalOf({ status: "suspended" })).toBe(refusalOf("delete"));
});
