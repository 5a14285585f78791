import { newId } from "../../parties/kernel/index.ts";
import type { Role, UserPrincipal } from "../../schema/principal.ts";

/** Someone who is signed in: a new person unless `user` says who, always on a device of their own. */
export function person(
  given: { name?: string; picture?: string | null; role?: Role; user?: UserPrincipal["user"] } = {},
): UserPrincipal {
  const { name = "Ada", picture = null, role = "user" } = given;
  return {
    kind: "user",
    user: given.user ?? { id: newId("user"), name, picture },
    role,
    sessionId: newId("session"),
  };
}

/** Someone who runs the service. */
export function operator(name = "Grace"): UserPrincipal {
  return person({ name, role: "admin" });
}

/** The same person on another device. */
export function elsewhere({ user, role }: UserPrincipal): UserPrincipal {
  return person({ user, role });
}
