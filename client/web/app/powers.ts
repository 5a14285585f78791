import type { Role } from "../../../schema/principal.ts";

/** Why somebody who runs the service may not do a thing to somebody, in words; null where they may. */
export interface Locks {
  /** Name and feature flags. */
  readonly record: string | null;
  readonly role: string | null;
  /** Suspending, and deleting. */
  readonly standing: string | null;
}

interface Somebody {
  readonly id: string;
  readonly role: Role;
}

const ABOVE = "Only a super administrator may change an administrator.";
const OWN = "Ask another administrator to do this to your account.";
const ROLES = "Only a super administrator may give roles.";

/** What the server will refuse (parties/users/powers.ts), known before anybody tries. */
export function locksOf(actor: Somebody, target: Somebody): Locks {
  const isOwn = actor.id === target.id;
  if (actor.role === "super_admin") return { record: null, role: isOwn ? OWN : null, standing: isOwn ? OWN : null };
  if (isOwn) return { record: null, role: OWN, standing: OWN };
  if (target.role !== "user") return { record: ABOVE, role: ABOVE, standing: ABOVE };
  return { record: null, role: ROLES, standing: null };
}
