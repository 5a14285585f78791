import { CircleAlert, Download, LogIn, LogOut, type LucideIcon, UserCheck, UserPen, UserX } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import type { AuditEntry, AuditKind, AuditList } from "../../../schema/http/audit.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { activityWords, isAlarming, withNewest } from "./activity-log.ts";
import { Actor } from "./actor.tsx";
import { Rest } from "./rest.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const ICONS: Readonly<Record<AuditKind, LucideIcon>> = {
  sign_in: LogIn,
  sign_in_failed: CircleAlert,
  refresh_reuse: CircleAlert,
  locked_out: CircleAlert,
  session_revoked: LogOut,
  session_displaced: LogOut,
  role_changed: UserPen,
  status_changed: UserPen,
  flags_changed: UserPen,
  name_changed: UserPen,
  deletion_requested: UserX,
  deletion_cancelled: UserCheck,
  account_deleted: UserX,
  data_exported: Download,
};

/** What has just happened is in the log half a second later. */
const LOGGED_AFTER_MS = 1_500;

function fetchActivity(source: string, cursor: string | null, signal?: AbortSignal): Promise<AuditList> {
  const query = cursor === null ? "" : `?${new URLSearchParams({ cursor })}`;
  return call<AuditList>("GET", source + query, signal === undefined ? {} : { signal });
}

interface ActivityProps {
  /** The path of the list. */
  source: string;
  signInUrl: string;
  /** In milliseconds. */
  now: number;
  /** Another text whenever something has happened that the log will tell of; null before anything is known. */
  occasion: string | null;
  /** True to say who did it, with a link to them, for those who run the service. */
  withActors?: boolean;
}

/** What happened to the account's safety, newest first. */
export function Activity({ source, signInUrl, now, occasion, withActors = false }: ActivityProps) {
  const { loaded, reload, update } = useLoad(
    useCallback((signal: AbortSignal) => fetchActivity(source, null, signal), [source]),
  );
  const [more, setMore] = useState<{ loading: boolean; problem: string | null }>({ loading: false, problem: null });
  useFollowing(source, occasion, update);

  const loadMore = async (cursor: string): Promise<void> => {
    setMore({ loading: true, problem: null });
    try {
      const next = await fetchActivity(source, cursor);
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
              <ActivityRow key={entry.id} entry={entry} now={now} withActor={withActors} />
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
function useFollowing(
  source: string,
  occasion: string | null,
  update: (change: (value: AuditList) => AuditList) => void,
): void {
  useEffect(() => {
    if (occasion === null) return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      try {
        const newest = await fetchActivity(source, null, abort.signal);
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
  }, [source, occasion, update]);
}

function ActivityRow({ entry, now, withActor }: { entry: AuditEntry; now: number; withActor: boolean }) {
  const { formatAgo } = useFormats();
  const { kind, at, deviceName, ipAddress, detail, actorId } = entry;
  const alarming = isAlarming(kind);
  const Icon = ICONS[kind];
  return (
    <li className="row">
      <Icon className={alarming ? "row__icon row__icon--alarming" : "row__icon"} aria-hidden="true" />
      <div className="row__main">
        <p className="activity__what">{activityWords(entry)}</p>
        <p className="meta">
          {detail === null ? null : <span>{detail}</span>}
          {deviceName === null ? null : <span>{deviceName}</span>}
          {ipAddress === null ? null : <span>{ipAddress}</span>}
          {withActor && actorId !== null ? (
            <span>
              by <Actor userId={actorId} />
            </span>
          ) : null}
          <time dateTime={at} title={at}>
            {formatAgo(at, now)}
          </time>
        </p>
      </div>
    </li>
  );
}
