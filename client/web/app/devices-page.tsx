import { Laptop, Smartphone } from "lucide-react";
import { useState } from "react";
import type { SessionInfo } from "../../../schema/http/identity.ts";
import { call, messageOf } from "../api.ts";
import { count, formatAgo, formatShortDate } from "../format.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const loadSessions = (signal: AbortSignal) => call<{ sessions: SessionInfo[] }>("GET", "/api/sessions", { signal });

/** Where the account is signed in, and the way to end that. */
export function DevicesPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { loaded, reload, update } = useLoad(loadSessions);
  const [confirming, setConfirming] = useState(false);
  const [message, setMessage] = useState<string | null>(null);

  const attempt = async (work: () => Promise<string>): Promise<void> => {
    try {
      setMessage(await work());
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const revoke = (session: SessionInfo): Promise<void> =>
    attempt(async () => {
      await call("DELETE", `/api/sessions/${session.id}`);
      update(({ sessions }) => ({ sessions: sessions.filter(({ id }) => id !== session.id) }));
      return `${session.deviceName} is signed out.`;
    });
  const revokeOthers = (): Promise<void> =>
    attempt(async () => {
      const { revoked } = await call<{ revoked: number }>("POST", "/api/sessions/revoke-all", {
        body: { keepCurrent: true },
      });
      update(({ sessions }) => ({ sessions: sessions.filter(({ current }) => current) }));
      return `${count(revoked, "other device")} signed out.`;
    });

  return (
    <div className="column">
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Devices</h1>
          <p className="card-page__text">Where your account is signed in. End what you don’t know.</p>
        </div>
      </div>
      {loaded.state === "loading" ? <Skeleton rows={3} /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" ? (
        <>
          <ul className="rows">
            {loaded.value.sessions.map((session) => (
              <DeviceRow key={session.id} session={session} onRevoke={() => void revoke(session)} />
            ))}
          </ul>
          {loaded.value.sessions.some(({ current }) => !current) ? (
            <div className="pager">
              <button className="button button--danger" type="button" onClick={() => setConfirming(true)}>
                Log out everywhere else
              </button>
            </div>
          ) : null}
        </>
      ) : null}
      {confirming ? (
        <Confirm
          title="Log out everywhere else?"
          confirmLabel="Log out the others"
          onClose={() => setConfirming(false)}
          onConfirm={() => void revokeOthers()}
        >
          <p>Every device but this one has to sign in again. Pages that are open there stop at once.</p>
        </Confirm>
      ) : null}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

function DeviceRow({ session, onRevoke }: { session: SessionInfo; onRevoke: () => void }) {
  const Icon = /iphone|android|ipad|ios/i.test(session.deviceName) ? Smartphone : Laptop;
  return (
    <li className="row">
      <Icon className="row__icon" aria-hidden="true" />
      <div className="row__main">
        <p className="row__title">
          {session.deviceName} {session.current ? <span className="badge badge--on">This device</span> : null}
        </p>
        <p className="meta">
          {session.ipAddress === null ? null : <span>{session.ipAddress}</span>}
          <span>active {formatAgo(session.lastActive, Date.now())}</span>
          <span>since {formatShortDate(session.createdAt)}</span>
        </p>
      </div>
      {session.current ? null : (
        <button
          className="button button--small"
          type="button"
          aria-label={`Log out ${session.deviceName}`}
          onClick={onRevoke}
        >
          Log out
        </button>
      )}
    </li>
  );
}
