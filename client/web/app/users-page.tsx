import { useCallback, useEffect, useState } from "react";
import type { User, UserList } from "../../../schema/http/users.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Avatar } from "../parts/avatar.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { ChoiceField } from "./choice-field.tsx";
import { Rest } from "./rest.tsx";
import { ROLE_WORDS, STATUS_WORDS } from "./standing.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useDebounced } from "./use-debounced.ts";
import { useLoad } from "./use-load.ts";
import { fromSearch, toSearch, type UsersQuery } from "./users-query.ts";

/** Long enough to type on without a request for each letter, short enough to seem at once. */
const SEARCH_AFTER_MS = 250;
const MAX_SEARCH_LENGTH = 100;

function fetchUsers(query: string, cursor: string | null, signal?: AbortSignal): Promise<UserList> {
  const search = new URLSearchParams(query);
  if (cursor !== null) search.set("cursor", cursor);
  return call<UserList>("GET", `/api/admin/users?${search}`, signal === undefined ? {} : { signal });
}

/** Everybody with an account, for those who run the service. */
export function UsersPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const [query, setQuery] = useState<UsersQuery>(() => fromSearch(new URLSearchParams(location.search)));
  const asked = useDebounced(toSearch(query).toString(), SEARCH_AFTER_MS);
  // Whoever comes back from one user's page finds the list as it was.
  useEffect(() => {
    history.replaceState(null, "", asked === "" ? location.pathname : `?${asked}`);
  }, [asked]);

  const change = (part: Partial<UsersQuery>): void => setQuery((before) => ({ ...before, ...part }));

  return (
    <div className="wide">
      <div className="masthead">
        <h1 className="masthead__title">Users</h1>
      </div>
      <form className="search" role="search" onSubmit={(event) => event.preventDefault()}>
        <div className="field search__text">
          <label htmlFor="search">Name or e-mail</label>
          <input
            className="input"
            id="search"
            type="search"
            value={query.search}
            maxLength={MAX_SEARCH_LENGTH}
            autoComplete="off"
            onInput={(event) => change({ search: event.currentTarget.value })}
          />
        </div>
        <ChoiceField
          id="role"
          label="Role"
          words={ROLE_WORDS}
          value={query.role}
          none="Any"
          onChange={(role) => change({ role })}
        />
        <ChoiceField
          id="status"
          label="Status"
          words={STATUS_WORDS}
          value={query.status}
          none="Any"
          onChange={(status) => change({ status })}
        />
      </form>
      <Found
        key={asked}
        query={asked}
        signInUrl={bootstrap.signInUrl}
        onEverybody={() => setQuery({ search: "", role: null, status: null })}
      />
    </div>
  );
}

interface FoundProps {
  /** What is asked for. Another query is another list, which no late answer to an earlier one gets into. */
  query: string;
  signInUrl: string;
  onEverybody: () => void;
}

function Found({ query, signInUrl, onEverybody }: FoundProps) {
  const { loaded, reload, update } = useLoad(
    useCallback((signal: AbortSignal) => fetchUsers(query, null, signal), [query]),
  );
  const [more, setMore] = useState<{ loading: boolean; problem: string | null }>({ loading: false, problem: null });
  if (loaded.state === "loading") return <Skeleton />;
  if (loaded.state === "failed") return <Failure error={loaded.error} onRetry={reload} signInUrl={signInUrl} />;
  const { users, nextCursor } = loaded.value;

  const loadMore = async (cursor: string): Promise<void> => {
    setMore({ loading: true, problem: null });
    try {
      const next = await fetchUsers(query, cursor);
      update((known) => ({ users: [...known.users, ...next.users], nextCursor: next.nextCursor }));
      setMore({ loading: false, problem: null });
    } catch (error) {
      setMore({ loading: false, problem: messageOf(error) });
    }
  };
  if (users.length === 0) {
    return (
      <div className="empty">
        <p className="empty__title">Nobody is like that</p>
        <button className="button" type="button" onClick={onEverybody}>
          Show everybody
        </button>
      </div>
    );
  }
  return (
    <>
      <UsersTable users={users} />
      {more.problem === null ? null : (
        <p className="field__error" role="alert">
          {more.problem}
        </p>
      )}
      <Rest cursor={nextCursor} loading={more.loading} onMore={loadMore} />
    </>
  );
}

function UsersTable({ users }: { users: readonly User[] }) {
  return (
    <table className="table">
      <caption className="visually-hidden">Users, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">Person</th>
          <th scope="col">Role</th>
          <th scope="col">Status</th>
          <th scope="col">Joined</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <UserRow key={user.id} user={user} />
        ))}
      </tbody>
    </table>
  );
}

function UserRow({ user }: { user: User }) {
  const { formatShortDate } = useFormats();
  const { id, name, picture, email, role, status, createdAt, deleteAt } = user;
  return (
    <tr className="table__row">
      <td className="table__person">
        <Avatar person={{ id, name, picture }} />
        <span className="table__who">
          <a className="table__name" href={`/admin/users/${id}`}>
            {name}
          </a>
          <span className="table__email">{email ?? "No e-mail"}</span>
        </span>
      </td>
      <td>{role === "user" ? ROLE_WORDS.user : <span className="badge badge--on">{ROLE_WORDS[role]}</span>}</td>
      <td>
        <span className={status === "suspended" ? "badge badge--danger" : "badge"}>{STATUS_WORDS[status]}</span>
        {deleteAt === null ? null : <span className="badge badge--danger">Leaving {formatShortDate(deleteAt)}</span>}
      </td>
      <td className="table__when">
        <time dateTime={createdAt}>{formatShortDate(createdAt)}</time>
      </td>
    </tr>
  );
}
