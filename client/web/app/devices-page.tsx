import { useRef, useState } from "react";
import type { SessionInfo } from "../../../schema/http/identity.ts";
import { useUserSession } from "../../react/index.ts";
import { ApiError, call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import { useNow } from "../post/use-now.ts";
import { AccountFrame } from "./account-frame.tsx";
import { Activity } from "./activity.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { DeviceRow } from "./device-row.tsx";
import { inCalmOrder, listedDevices, liveDevices } from "./devices.ts";
import { leave } from "./leaving.ts";
import { LiveLine } from "./live-line.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useDeletion } from "./use-deletion.ts";
import { useLoad } from "./use-load.ts";

const loadSessions = (signal: AbortSignal) => call<{ sessions: SessionInfo[] }>("GET", "/api/sessions", { signal });
const revokeAll = (keepCurrent: boolean) =>
  call<{ revoked: number }>("POST", "/api/sessions/revoke-all", { body: { keepCurrent } });

/** Where the account is signed in, as it changes, the way to end that, and what happened before. */
export function DevicesPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { count } = useFormats();
  const { loaded, reload } = useLoad(loadSessions);
  const { state, status, closed } = useUserSession({ userId: bootstrap.viewer?.person.id ?? null });
  const now = useNow() ?? Date.now();
  /** What was ended here: gone at once, whenever the live list says so too. */
  const [ended, setEnded] = useState<ReadonlySet<string>>(new Set());
  const [confirming, setConfirming] = useState<"others" | "all" | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const title = useRef<HTMLHeadingElement>(null);

  const listed = loaded.state === "ready" ? listedDevices(loaded.value.sessions) : undefined;
  const known = state === undefined ? listed : liveDevices(state);
  const devices = known && inCalmOrder(known.filter(({ id }) => !ended.has(id)));
  const others = devices?.filter(({ current }) => !current) ?? [];

  const attempt = async (work: () => Promise<string | null>): Promise<void> => {
    try {
      setMessage(await work());
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const hide = (sessions: readonly SessionInfo[]): void =>
    setEnded((before) => new Set([...before, ...sessions.map(({ id }) => id)]));
  const revoke = (session: SessionInfo): Promise<void> =>
    attempt(async () => {
      const heldFocus = document.getElementById(session.id)?.contains(document.activeElement) ?? false;
      await untilGone(call("DELETE", `/api/sessions/${session.id}`));
      hide([session]);
      if (heldFocus) title.current?.focus();
      return `${session.deviceName} is signed out.`;
    });
  const revokeOthers = (): Promise<void> =>
    attempt(async () => {
      const { revoked } = await revokeAll(true);
      hide(others);
      title.current?.focus();
      return `${count(revoked, "other device")} signed out.`;
    });
  const revokeEverything = (): Promise<void> =>
    attempt(async () => {
      await revokeAll(false);
      leave(() => location.assign(bootstrap.signInUrl));
      return null;
    });

  return (
    <AccountFrame
      title="Devices"
      lede="Where your account is signed in. End what you don’t know."
      deletion={useDeletion()}
      titleRef={title}
    >
      {devices === undefined && loaded.state === "loading" ? <Skeleton rows={3} /> : null}
      {devices === undefined && loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {devices === undefined ? null : (
        <>
          <ul className="rows" aria-label="Signed-in devices">
            {devices.map((session) => (
              <DeviceRow
                key={session.id}
                session={session}
                presenceKnown={status === "live" || status === "connecting"}
                now={now}
                onRevoke={() => void revoke(session)}
              />
            ))}
          </ul>
          <div className="row-actions">
            {others.length === 0 ? null : (
              <button className="button button--danger" type="button" onClick={() => setConfirming("others")}>
                Log out everywhere else
              </button>
            )}
            <button className="button" type="button" onClick={() => setConfirming("all")}>
              Log out everywhere
            </button>
          </div>
        </>
      )}
      <Activity
        source="/api/me/audit"
        signInUrl={bootstrap.signInUrl}
        now={now}
        occasion={
          known
            ?.map(({ id }) => id)
            .toSorted()
            .join() ?? null
        }
      />
      <LiveLine status={status} closed={closed} />
      {confirming === null ? null : (
        <ConfirmLogout
          everywhere={confirming === "all"}
          onClose={() => setConfirming(null)}
          onConfirm={() => void (confirming === "all" ? revokeEverything() : revokeOthers())}
        />
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </AccountFrame>
  );
}

function ConfirmLogout(props: { everywhere: boolean; onClose: () => void; onConfirm: () => void }) {
  const { everywhere, onClose, onConfirm } = props;
  return (
    <Confirm
      title={everywhere ? "Log out everywhere?" : "Log out everywhere else?"}
      confirmLabel={everywhere ? "Log out all" : "Log out the others"}
      onClose={onClose}
      onConfirm={onConfirm}
    >
      <p>
        {everywhere ? "Every device, this one included," : "Every device but this one"} has to sign in again. Pages that
        are open there stop at once.
      </p>
    </Confirm>
  );
}

/** Waits for a session to be ended. Somebody else having been faster is as good. */
async function untilGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "not_found")) throw error;
  }
}
