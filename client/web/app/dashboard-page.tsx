import { RefreshCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Stats } from "../../../schema/http/admin/stats.ts";
import { useTenantDashboard } from "../../react/index.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Toast } from "../parts/toast.tsx";
import { useNow } from "../post/use-now.ts";
import type { Bootstrap } from "./bootstrap.ts";
import { FirstSteps } from "./first-steps.tsx";
import { LiveLine } from "./live-line.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const loadStats = (signal: AbortSignal) => call<Stats>("GET", "/api/admin/stats", { signal });

/** What a site has, and who is on it now. */
export function DashboardPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const subdomain = bootstrap.tenant?.subdomain ?? "";
  const { loaded, reload, update } = useLoad(loadStats);
  const live = useTenantDashboard({ subdomain });
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const stats = newest(loaded.state === "ready" ? loaded.value : undefined, live.state?.stats);

  const refresh = async (): Promise<void> => {
    setBusy(true);
    try {
      const counted = await call<Stats>("POST", "/api/admin/stats/refresh");
      update(() => counted);
    } catch (error) {
      setMessage(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="wide">
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Dashboard</h1>
          <p className="now" aria-live="polite">
            <LiveNow live={live.state?.live} />
          </p>
        </div>
        <a className="button button--primary" href="/admin/posts/new">
          Write a post
        </a>
      </div>
      {stats === undefined && loaded.state === "loading" ? <Skeleton rows={3} /> : null}
      {stats === undefined && loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {stats === undefined ? null : (
        <>
          <FirstSteps bootstrap={bootstrap} stats={stats} />
          <Cards stats={stats} />
          <Updated at={stats.updatedAt} busy={busy} onRefresh={() => void refresh()} />
        </>
      )}
      <LiveLine status={live.status} closed={live.closed} />
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

/** Of two, the one that was counted later; of the same count, what is told as it changes. */
function newest(asked: Stats | undefined, told: Stats | undefined): Stats | undefined {
  if (asked === undefined || told === undefined) return told ?? asked;
  return asked.updatedAt > told.updatedAt ? asked : told;
}

function LiveNow({ live }: { live: { visitors: number; views: number } | undefined }) {
  const { count } = useFormats();
  if (live === undefined) return <span className="now__line">Counting who is here…</span>;
  return (
    <span className="now__line now__line--on">
      {live.visitors === 0
        ? "Nobody has looked in during the last five minutes"
        : `${count(live.visitors, "visitor")} and ${count(live.views, "page view")} in the last five minutes`}
    </span>
  );
}

function Cards({ stats }: { stats: Stats }) {
  const { count, formatAgo, formatBytes, formatNumber } = useFormats();
  const now = useNow() ?? Date.now();
  return (
    <dl className="cards">
      <Card label="Published this month" value={formatNumber(stats.publishedThisMonth)} />
      <Card label="Posts" value={formatNumber(stats.postCount)} />
      <Card label="Drafts" value={formatNumber(stats.draftCount)} />
      <Card label="Words" value={formatNumber(stats.totalWords)} />
      <Card
        label="Last activity"
        value={
          stats.lastActivity === null ? (
            "Nothing yet"
          ) : (
            <time dateTime={stats.lastActivity}>{formatAgo(stats.lastActivity, now)}</time>
          )
        }
      />
      <Card label="Images" value={formatBytes(stats.storageUsed)} />
      <Card label="Age of the site" value={stats.accountAge === 0 ? "Made today" : count(stats.accountAge, "day")} />
      <Card
        wide
        label="Most used tags"
        value={
          stats.topTags.length === 0 ? (
            <span className="card__none">No post has a tag yet.</span>
          ) : (
            <ul className="tags">
              {stats.topTags.map(({ tag, count: uses }) => (
                <li key={tag}>
                  <a className="tag" href={`/tags/${encodeURIComponent(tag)}`}>
                    {tag} <span className="tag__count">{formatNumber(uses)}</span>
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      />
    </dl>
  );
}

function Card({ label, value, wide = false }: { label: string; value: ReactNode; wide?: boolean }) {
  return (
    <div className={wide ? "card card--wide" : "card"}>
      <dt className="card__label">{label}</dt>
      <dd className="card__value">{value}</dd>
    </div>
  );
}

function Updated({ at, busy, onRefresh }: { at: string; busy: boolean; onRefresh: () => void }) {
  const { formatAgo } = useFormats();
  const now = useNow() ?? Date.now();
  return (
    <p className="updated">
      <span>
        Updated <time dateTime={at}>{formatAgo(at, now)}</time>
      </span>
      <button className="text-button" type="button" disabled={busy} onClick={onRefresh}>
        <RefreshCw className={busy ? "turning" : undefined} aria-hidden="true" />
        {busy ? "Counting…" : "Count again"}
      </button>
    </p>
  );
}
