import { useState } from "react";
import type { Trail, TrailList } from "../../../schema/http/admin/trails.ts";
import { slugify } from "../../../schema/text.ts";
import { call, messageOf } from "../api.ts";
import { Confirm, Dialog } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import { TrailProgress } from "../parts/waypoints.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { Failure, Skeleton } from "./states.tsx";
import { TrailsHidden } from "./trails-hidden.tsx";
import { useLoad } from "./use-load.ts";

const loadTrails = async (signal: AbortSignal) =>
  (await call<TrailList>("GET", "/api/admin/trails", { signal })).trails;

/** The plans of a site. */
export function TrailsPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { loaded, reload, update } = useLoad(loadTrails);
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<{ slug: string; title: string } | null>(null);
  const [message, setMessage] = useState<string | null>(null);

  const remove = async (slug: string): Promise<void> => {
    try {
      await call("DELETE", `/api/admin/trails/${slug}`);
      update((trails) => trails.filter((trail) => trail.slug !== slug));
      setMessage("Deleted.");
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  return (
    <div className="column">
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Trails</h1>
          <p className="card-page__text">Where you are going, waypoint by waypoint, for your readers to follow.</p>
        </div>
        <button
          className="button button--primary"
          type="button"
          disabled={loaded.state !== "ready"}
          onClick={() => setMaking(true)}
        >
          New trail
        </button>
      </div>
      <TrailsHidden bootstrap={bootstrap} />
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" && loaded.value.length === 0 ? (
        <div className="empty">
          <p className="empty__title">No trail yet</p>
          <p>A trail is a plan in steps: a series you are writing, say, or a garden you are making.</p>
        </div>
      ) : null}
      {loaded.state === "ready" && loaded.value.length > 0 ? (
        <ul className="rows">
          {loaded.value.map(({ slug, title, complete, total }) => (
            <li className="row" key={slug}>
              <div className="row__main">
                <a className="row__title" href={`/admin/trails/${slug}`}>
                  {title}
                </a>
                <TrailProgress complete={complete} total={total} />
              </div>
              <button
                className="button button--small button--danger"
                type="button"
                aria-label={`Delete… ${title}`}
                onClick={() => setDeleting({ slug, title })}
              >
                Delete…
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {making && loaded.state === "ready" ? (
        <NewTrail taken={loaded.value.map(({ slug }) => slug)} onClose={() => setMaking(false)} />
      ) : null}
      {deleting === null ? null : (
        <Confirm
          title="Delete this trail?"
          confirmLabel="Delete"
          onClose={() => setDeleting(null)}
          onConfirm={() => void remove(deleting.slug)}
        >
          <p>“{deleting.title}” and its waypoints leave the site. This cannot be taken back.</p>
        </Confirm>
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

const MAX_TITLE_LENGTH = 120;

function NewTrail({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const slug = slugify(title);
  const isTaken = title.trim() !== "" && taken.includes(slug);

  const make = async (): Promise<void> => {
    setBusy(true);
    try {
      const trail = await call<Trail>("PUT", `/api/admin/trails/${slug}`, { body: { title: title.trim() } });
      location.assign(`/admin/trails/${trail.slug}`);
    } catch (error) {
      setBusy(false);
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog title="New trail" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <div className="field">
          <label htmlFor="trail-title">Title</label>
          <input
            className="input"
            id="trail-title"
            value={title}
            maxLength={MAX_TITLE_LENGTH}
            autoComplete="off"
            aria-invalid={isTaken}
            aria-describedby="trail-note"
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
          <p className={isTaken ? "field__error" : "field__hint"} id="trail-note" aria-live="polite">
            {isTaken ? "There is a trail at this address already." : `Its address will be /trails/${slug}`}
          </p>
        </div>
        {problem === null ? null : (
          <p className="field__error" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog__actions">
          <button className="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button button--primary" type="submit" disabled={busy || isTaken || title.trim() === ""}>
            {busy ? "Making it…" : "Make the trail"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
