import { useCallback, useState } from "react";
import { nanoid } from "nanoid";
import type { Trail, Waypoint, WaypointStatus } from "../../../schema/http/admin/trails.ts";
import { call, messageOf } from "../api.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import { TrailProgress } from "../parts/waypoints.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { Optimistic, useOptimistic } from "./optimistic.ts";
import { Failure, Skeleton } from "./states.tsx";
import { TrailDialog } from "./trail-dialog.tsx";
import { TrailsHidden } from "./trails-hidden.tsx";
import { useLoad } from "./use-load.ts";
import { type WaypointFields, WaypointDialog } from "./waypoint-dialog.tsx";
import { WaypointRow } from "./waypoint-row.tsx";

/** One plan and its waypoints. What is changed holds at once. */
export function TrailPage({ bootstrap, slug }: { bootstrap: Bootstrap; slug: string }) {
  const load = useCallback(
    async (signal: AbortSignal) =>
      new Optimistic(await call<Trail>("GET", `/api/admin/trails/${encodeURIComponent(slug)}`, { signal })),
    [slug],
  );
  const { loaded, reload } = useLoad(load);
  return (
    <div className="column">
      {loaded.state === "loading" ? <Skeleton rows={6} /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" ? <TrailEditor store={loaded.value} bootstrap={bootstrap} /> : null}
    </div>
  );
}

type Asking =
  | { kind: "trail" }
  | { kind: "waypoint"; waypoint: Waypoint | null }
  | { kind: "delete"; waypoint: Waypoint };

function TrailEditor({ store, bootstrap }: { store: Optimistic<Trail>; bootstrap: Bootstrap }) {
  const { value: trail, isSaving } = useOptimistic(store);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const { slug, title, description, waypoints } = trail;
  const path = `/api/admin/trails/${slug}`;

  const change = async (how: (trail: Trail) => Trail, send?: () => Promise<unknown>): Promise<void> => {
    try {
      await store.change(how, async () => {
        if (send !== undefined) {
          await send();
          return how;
        }
        const { slug: _, ...body } = store.getSnapshot().value;
        const saved = await call<Trail>("PUT", path, { body });
        return () => saved;
      });
    } catch (error) {
      setMessage(`That was taken back. ${messageOf(error)}`);
    }
  };
  const setStatus = (id: string, status: WaypointStatus): Promise<void> =>
    change(
      (known) => ({
        ...known,
        waypoints: known.waypoints.map((stop) => (stop.id === id ? { ...stop, status } : stop)),
      }),
      () => call("PATCH", `${path}/waypoints/${id}`, { body: { status } }),
    );
  const move = (id: string, by: number): Promise<void> =>
    change((known) => {
      const from = known.waypoints.findIndex((stop) => stop.id === id);
      const stop = known.waypoints[from];
      if (stop === undefined) return known;
      return { ...known, waypoints: known.waypoints.toSpliced(from, 1).toSpliced(from + by, 0, stop) };
    });
  const put = (before: Waypoint | null, fields: WaypointFields): Promise<void> => {
    const stop: Waypoint = before === null ? { ...fields, id: `wpt_${nanoid()}` } : { ...before, ...fields };
    return change((known) => ({
      ...known,
      waypoints:
        before === null
          ? [...known.waypoints, stop]
          : known.waypoints.map((other) => (other.id === before.id ? { ...stop, status: other.status } : other)),
    }));
  };
  const close = (): void => setAsking(null);

  return (
    <>
      <div className="masthead">
        <div>
          <p className="masthead__kicker">
            <a href="/admin/trails">Trails</a>
          </p>
          <h1 className="masthead__title">{title}</h1>
          {description === "" ? null : <p className="card-page__text">{description}</p>}
        </div>
        <button className="button" type="button" onClick={() => setAsking({ kind: "trail" })}>
          Edit title and description
        </button>
      </div>
      <TrailsHidden bootstrap={bootstrap} />
      <div className="trail-head">
        <TrailProgress
          complete={waypoints.filter(({ status }) => status === "complete").length}
          total={waypoints.length}
        />
        <span className="field__hint" role="status">
          {isSaving ? "Saving…" : null}
        </span>
      </div>
      {waypoints.length === 0 ? (
        <div className="empty">
          <p className="empty__title">No waypoints yet</p>
          <p>Each is a step: planned, in progress, complete, or put off.</p>
        </div>
      ) : (
        <ol className="rows">
          {waypoints.map((waypoint, index) => (
            <WaypointRow
              key={waypoint.id}
              waypoint={waypoint}
              isFirst={index === 0}
              isLast={index === waypoints.length - 1}
              onStatus={(status) => void setStatus(waypoint.id, status)}
              onMove={(by) => void move(waypoint.id, by)}
              onEdit={() => setAsking({ kind: "waypoint", waypoint })}
              onDelete={() => setAsking({ kind: "delete", waypoint })}
            />
          ))}
        </ol>
      )}
      <div className="row-actions">
        <button
          className="button button--primary"
          type="button"
          onClick={() => setAsking({ kind: "waypoint", waypoint: null })}
        >
          Add a waypoint
        </button>
      </div>
      {asking?.kind === "trail" ? (
        <TrailDialog
          trail={trail}
          onClose={close}
          onSave={(fields) => void change((known) => ({ ...known, ...fields }))}
        />
      ) : null}
      {asking?.kind === "waypoint" ? (
        <WaypointDialog
          waypoint={asking.waypoint}
          onClose={close}
          onSave={(fields) => void put(asking.waypoint, fields)}
        />
      ) : null}
      {asking?.kind === "delete" ? (
        <Confirm
          title="Remove this waypoint?"
          confirmLabel="Remove"
          onClose={close}
          onConfirm={() =>
            void change((known) => ({
              ...known,
              waypoints: known.waypoints.filter(({ id }) => id !== asking.waypoint.id),
            }))
          }
        >
          <p>“{asking.waypoint.title}” leaves the trail. This cannot be taken back.</p>
        </Confirm>
      ) : null}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </>
  );
}
