import { PartyError } from "../../schema/errors.ts";
import type { UserChanges } from "../../schema/http/users.ts";
import type { UserRow } from "./records.ts";

/**
 * Who may do what to whom. An administrator manages everybody who runs nothing; only a super administrator makes,
 * changes or ends those who do. Nobody changes their own role or status, so that somebody who can is always left.
 * @throws PartyError `forbidden`
 */
export function requirePower(actor: UserRow | undefined, target: UserRow, changes: UserChanges | "delete"): void {
  if (actor === undefined || actor.role === "user" || actor.status === "suspended")
    throw refused("For administrators only");
  const isGrave = changes === "delete" || changes.role !== undefined || changes.status !== undefined;
  if (isGrave && actor.id === target.id) throw refused("Ask another administrator to do this to your account");
  if (actor.role === "super_admin") return;
  if (target.role !== "user" && target.id !== actor.id)
    throw refused("Only a super administrator may change an administrator");
  if (changes !== "delete" && changes.role !== undefined && changes.role !== target.role)
    throw refused("Only a super administrator may give roles");
}

function refused(message: string): PartyError {
  return new PartyError("forbidden", { message });
}
