import { useState } from "react";
import { call } from "../api.ts";
import { useOwnAccount } from "./own-account.ts";

/** When the signed-in person's account will be deleted, and how they change that. */
export interface Deletion {
  /** Milliseconds since 1970; null while the account stays. */
  readonly at: number | null;
  /** @throws ApiError */
  request: () => Promise<void>;
  /** @throws ApiError */
  cancel: () => Promise<void>;
}

/** What an answer says holds until the account's next version says the same, or something newer. */
export function useDeletion(): Deletion {
  const { me } = useOwnAccount();
  const [answer, setAnswer] = useState<{ at: number | null; version: number } | null>(null);
  return {
    at: answer?.version === me.version ? answer.at : me.deleteAt,
    request: async () => {
      const { deleteAt } = await call<{ deleteAt: string }>("POST", "/api/me/deletion");
      setAnswer({ at: Date.parse(deleteAt), version: me.version });
    },
    cancel: async () => {
      await call("DELETE", "/api/me/deletion");
      setAnswer({ at: null, version: me.version });
    },
  };
}
