import { type UsersStub, usersStub } from "../../parties/users/index.ts";
import { PartyError } from "../../schema/errors.ts";
import type { AppContext } from "../context.ts";

/**
 * The users party, for what only it can do.
 * @throws PartyError `unavailable` while PostgreSQL alone has the users
 */
export function usersOf(c: AppContext): UsersStub {
  if (c.get("config").USERS_MODE !== "postgres") return usersStub(c.env, c.get("traceId"));
  const message = "Not yet: accounts are still kept in PostgreSQL alone (USERS_MODE is postgres)";
  throw new PartyError("unavailable", { message });
}
