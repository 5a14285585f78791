import { useCallback, useState } from "react";
import type { UserChanges, UserDetails } from "../../../schema/http/users.ts";
import { call } from "../api.ts";
import { useLoad } from "./use-load.ts";

/** Somebody's record with what an administrator has just changed. A flag that is null is removed. */
export function changed({ user, data, ...rest }: UserDetails, { flags, name, role, status }: UserChanges): UserDetails {
  const all = Object.entries({ ...data.feature_flags, ...flags });
  return {
    ...rest,
    user: { ...user, ...(name !== undefined && { name }), ...(role && { role }), ...(status && { status }) },
    data: {
      ...data,
      feature_flags: Object.fromEntries(all.filter((flag): flag is [string, boolean] => flag[1] !== null)),
    },
  };
}

/** One user, with changes that show at once and are taken back when the server refuses them. */
export function useUser(userId: string) {
  const { loaded, reload, update } = useLoad(
    useCallback((signal: AbortSignal) => call<UserDetails>("GET", `/api/admin/users/${userId}`, { signal }), [userId]),
  );
  const [pending, setPending] = useState<readonly UserChanges[]>([]);

  /** @throws ApiError */
  const change = async (changes: UserChanges): Promise<void> => {
    setPending((before) => [...before, changes]);
    try {
      const now = await call<UserDetails>("PATCH", `/api/admin/users/${userId}`, { body: changes });
      // Answers may overtake each other.
      update((known) => (known.user.version < now.user.version ? now : known));
    } finally {
      setPending((before) => before.filter((other) => other !== changes));
    }
  };
  const shown =
    loaded.state === "ready" ? { state: "ready" as const, value: pending.reduce(changed, loaded.value) } : loaded;
  return { loaded: shown, isSaving: pending.length > 0, reload, change };
}
