import type { Role } from "../../../schema/principal.ts";
import type { UserStatus } from "../../../schema/users.ts";
import { isOneOf, ROLE_WORDS, STATUS_WORDS } from "./standing.ts";

/** Which users are looked for. */
export interface UsersQuery {
  readonly search: string;
  readonly role: Role | null;
  readonly status: UserStatus | null;
}

/** A query as the page's address and the server have it. */
export function toSearch({ search, role, status }: UsersQuery): URLSearchParams {
  return new URLSearchParams({
    ...(search.trim() !== "" && { search: search.trim() }),
    ...(role !== null && { role }),
    ...(status !== null && { status }),
  });
}

/** The query in a page's address. What it does not know counts as not said. */
export function fromSearch(query: URLSearchParams): UsersQuery {
  const role = query.get("role") ?? "";
  const status = query.get("status") ?? "";
  return {
    search: query.get("search") ?? "",
    role: isOneOf(ROLE_WORDS, role) ? role : null,
    status: isOneOf(STATUS_WORDS, status) ? status : null,
  };
}
