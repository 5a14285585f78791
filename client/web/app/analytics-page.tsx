import { useCallback, useState } from "react";
import type { DayTotals } from "../../../schema/analytics.ts";
import type { Analytics } from "../../../schema/http/admin/analytics.ts";
import { call } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { BarChart } from "./bar-chart.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const DAY_MS = 24 * 60 * 60_000;
const SPANS = [
  { days: 1, label: "Today" },
  { days: 7, label: "7 days" },
  { days: 30, label: "30 days" },
] as const;
const TOP_PAGES = 10;

/** What readers have looked at. */
export function AnalyticsPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const [span, setSpan] = useState<number>(1);
  const timeZone = bootstrap.tenant?.timeZone ?? "UTC";
  const { loaded, reload } = useLoad(
    useCallback(
      (signal: AbortSignal) => {
        const query = new URLSearchParams({ from: localDay(Date.now() - (span - 1) * DAY_MS, timeZone) });
        return call<Analytics>("GET", `/api/admin/analytics?${query}`, { signal });
      },
      [span, timeZone],
    ),
  );
  return (
    <div className="column">
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Analytics</h1>
          <p className="card-page__text">Page views, in the site’s own time: {timeZone.replaceAll("_", " ")}.</p>
        </div>
      </div>
      <div className="filters" role="group" aria-label="Show">
        {SPANS.map(({ days, label }) => (
          <button
            key={days}
            type="button"
            className="filter"
            aria-pressed={span === days}
            onClick={() => setSpan(days)}
          >
            {label}
          </button>
        ))}
      </div>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" ? <Views days={loaded.value.days} byHour={span === 1} /> : null}
    </div>
  );
}

function Views({ days, byHour }: { days: readonly DayTotals[]; byHour: boolean }) {
  const { count } = useFormats();
  const views = days.reduce((sum, { pageViews }) => sum + pageViews, 0);
  const pages = topPages(days);
  if (views === 0) {
    return (
      <div className="empty">
        <p className="empty__title">Nobody has looked in yet</p>
        <p>Page views arrive here within a minute or so.</p>
      </div>
    );
  }
  return (
    <>
      <p className="total">{count(views, "page view")}</p>
      <BarChart
        caption={byHour ? "Page views by hour" : "Page views by day"}
        bars={byHour ? hoursOf(days) : days.map(({ day, pageViews }) => ({ label: day.slice(5), value: pageViews }))}
      />
      <section className="block" aria-labelledby="pages-title">
        <h2 className="block__title" id="pages-title">
          Most viewed
        </h2>
        <ol className="rows rows--tight">
          {pages.map(([path, seen]) => (
            <li className="row" key={path}>
              <a className="row__main row__main--line" href={path}>
                {path === "/" ? "Front page" : path}
              </a>
              <span className="meta__count">{count(seen, "view")}</span>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

/** Each hour of a day, those without any views too. */
function hoursOf(days: readonly DayTotals[]): { label: string; value: number }[] {
  const byHour = new Map(days.flatMap(({ hours }) => hours).map(({ hour, pageViews }) => [hour, pageViews]));
  return Array.from({ length: 24 }, (_, hour) => ({ label: `${hour}:00`, value: byHour.get(hour) ?? 0 }));
}

function topPages(days: readonly DayTotals[]): [path: string, views: number][] {
  const sums = new Map<string, number>();
  for (const { path, views } of days.flatMap(({ pages }) => pages)) sums.set(path, (sums.get(path) ?? 0) + views);
  return [...sums].toSorted(([, a], [, b]) => b - a).slice(0, TOP_PAGES);
}

/** The Swedish way of writing a date is ISO 8601. */
function localDay(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(at);
}
