import { CircleAlert, LogIn, LogOut } from "lucide-react";
import { useEffect, useState } from "react";
import type { AuditEntry, AuditList } from "../../../schema/http/audit.ts";
import { call, messageOf } from "../api.ts";
import { formatAgo } from "../format.ts";
import { activityWords, isAlarming, withNewest } from "./activity-log.ts";
import { Rest } from "./rest.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

/** What has just happened is in the log half a second later. */
const LOGGED_AFTER_MS = 1_500;

function fetchActivity(cursor: string | null, signal?: AbortSignal): Promise<AuditList> {
  const query = cursor === null ? "" : `?${new URLSearchParams({ cursor })}`;
  return call<AuditList>("GET", `/api/me/audit${query}`, signal === undefined ? {} : { signal });
}
const loadActivity = (signal: AbortSignal) => fetchActivity(null, signal);

interface ActivityProps {
  signInUrl: string;
  /** In milliseconds. */
  now: number;
  /** Another text whenever something has happened that the log will tell of; null before anything is known. */
  occasion: string | null;
}

/** What happened to the account's safety, newest first. */
export function Activity({ signInUrl, now, occasion }: ActivityProps) {
  const { loaded, reload, update } = useLoad(loadActivity);
  const [more, setMore] = useState<{ loading: boolean; problem: string | null }>({ loading: false, problem: null });
  useFollowing(occasion, update);

  const loadMore = async (cursor: string): Promise<void> => {
    setMore({ loading: true, problem: null });
    try {
      const next = await fetchActivity(cursor);
      update(({ entries }) => ({ entries: [...entries, ...next.entries], nextCursor: next.nextCursor }));
      setMore({ loading: false, problem: null });
    } catch (error) {
      setMore({ loading: false, problem: messageOf(error) });
    }
  };

  return (
    <section className="activity" aria-labelledby="activity-title">
      <h2 className="section-title" id="activity-title">
        Recent activity
      </h2>
      {loaded.state === "loading" ? <Skeleton rows={3} /> : null}
      {loaded.state === "failed" ? <Failure error={loaded.error} onRetry={reload} signInUrl={signInUrl} /> : null}
      {loaded.state === "ready" && loaded.value.entries.length === 0 ? (
        <p className="notice">Nothing has happened yet. Sign-ins and log-outs will be listed here.</p>
      ) : null}
      {loaded.state === "ready" && loaded.value.entries.length > 0 ? (
        <>
          <ul className="rows" aria-labelledby="activity-title">
            {loaded.value.entries.map((entry) => (
              <ActivityRow key={entry.id} entry={entry} now={now} />
            ))}
          </ul>
          {more.problem === null ? null : (
            <p className="field__error" role="alert">
              {more.problem}
            </p>
          )}
          <Rest cursor={loaded.value.nextCursor} loading={more.loading} onMore={loadMore} />
        </>
      ) : null}
    </section>
  );
}

/** Puts what is new before what is shown, a moment after each occasion: the first may be the sign-in that led here. */
function useFollowing(occasion: string | null, update: (change: (value: AuditList) => AuditList) => void): void {
  useEffect(() => {
    if (occasion === null) return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      try {
        const newest = await fetchActivity(null, abort.signal);
        update((known) => withNewest(known, newest));
      } catch {
        // What is shown stays true, and the next occasion asks again.
      }
    };
    const timer = setTimeout(() => void follow(), LOGGED_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [occasion, update]);
}

function ActivityRow({ entry, now }: { entry: AuditEntry; now: number }) {
  const { kind, at, deviceName, ipAddress } = entry;
  const alarming = isAlarming(kind);
  const Icon = alarming ? CircleAlert : kind === "sign_in" ? LogIn : LogOut;
  return (
    <li className="row">
      <Icon className={alarming ? "row__icon row__icon--alarming" : "row__icon"} aria-hidden="true" />
      <div className="row__main">
        <p className="activity__what">{activityWords(entry)}</p>
        <p className="meta">
          {deviceName === null ? null : <span>{deviceName}</span>}
          {ipAddress === null ? null : <span>{ipAddress}</span>}
          <time dateTime={at} title={at}>
            {formatAgo(at, now)}
          </time>
        </p>
      </div>
    </li>
  );
}
