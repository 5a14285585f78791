import type { Login } from "../../schema/user-data.ts";
import { readData, withLogin, writeData } from "./data.ts";
import type { Store } from "./store.ts";

/** Somebody was here; with `login`, they came in, or were refused. `at` is in milliseconds since 1970. */
export interface Activity {
  userId: string;
  at: number;
  login: { device: string; ip: string | null; success: boolean } | null;
}

/** Keeps when somebody was last here, and how they came in. What was refused shows nobody to be here. */
export function noteActivity({ db, now }: Store, { userId, at, login }: Activity): void {
  const timestamp = new Date(at).toISOString();
  const lastActive = readData(db, userId, "last_active");
  if (login?.success !== false && (lastActive === undefined || lastActive < timestamp))
    writeData(db, userId, "last_active", timestamp, now);
  if (login === null) return;
  const { device, ip, success } = login;
  const entry: Login = { timestamp, device, ...(ip !== null && { ip }), success };
  writeData(db, userId, "login_history", withLogin(readData(db, userId, "login_history") ?? [], entry), now);
  if (success) writeData(db, userId, "session_count", (readData(db, userId, "session_count") ?? 0) + 1, now);
}
