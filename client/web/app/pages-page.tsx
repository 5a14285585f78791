import { useState } from "react";
import type { SitePage, SitePageList } from "../../../schema/http/admin/pages.ts";
import { ApiError, call, messageOf } from "../api.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { inOrder, menuOf, moved, type PageSummary, withPlace } from "./page-menu.ts";
import { PageRow } from "./page-row.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const loadPages = async (signal: AbortSignal): Promise<PageSummary[]> =>
  (await call<SitePageList>("GET", "/api/admin/pages", { signal })).pages;

/** What stands beside the posts: "About", say, and the menu made of it. */
export function PagesPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { loaded, reload, update } = useLoad(loadPages);
  const [deleting, setDeleting] = useState<PageSummary | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);

  /** Shows the pages as they are wanted, sends what differs, and takes it back when it is refused. */
  const save = async (wanted: PageSummary[], done: string | null): Promise<void> => {
    if (loaded.state !== "ready") return;
    const before = loaded.value;
    const known = new Map(before.map((page) => [page.id, page]));
    setSaving(true);
    update(() => wanted);
    try {
      for (const { id, status, menuOrder } of wanted) {
        const page = known.get(id);
        if (page === undefined || (page.status === status && page.menuOrder === menuOrder)) continue;
        const body = { revision: page.revision, status, menuOrder };
        const changed = await call<SitePage>("PATCH", `/api/admin/pages/${id}`, { body });
        update((pages) => pages.map((other) => (other.id === id ? changed : other)));
      }
      setMessage(done);
    } catch (error) {
      update(() => before);
      const isOutdated = error instanceof ApiError && error.code === "conflict";
      setMessage(isOutdated ? "The pages were changed elsewhere. Here they are as they are now." : messageOf(error));
      // Some of it may have been taken.
      reload();
    } finally {
      setSaving(false);
    }
  };
  const remove = async ({ id }: PageSummary): Promise<void> => {
    try {
      await call("DELETE", `/api/admin/pages/${id}`);
      update((pages) => pages.filter((page) => page.id !== id));
      setMessage("Deleted.");
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const pages = loaded.state === "ready" ? inOrder(loaded.value) : [];
  const menu = menuOf(pages);

  return (
    <div className="column">
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Pages</h1>
          <p className="card-page__text">They stand beside your posts, and in the menu if you like.</p>
        </div>
        <a className="button button--primary" href="/admin/pages/new">
          New page
        </a>
      </div>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" && pages.length === 0 ? (
        <div className="empty">
          <p className="empty__title">No pages yet</p>
          <p>Most sites begin with one that says who is writing, and why.</p>
        </div>
      ) : null}
      {pages.length > 0 ? (
        <ul className="rows" aria-busy={saving}>
          {pages.map((page) => (
            <PageRow
              key={page.id}
              page={page}
              place={menu.findIndex(({ id }) => id === page.id)}
              places={menu.length}
              disabled={saving}
              onMove={(by) => void save(moved(pages, page.id, by), null)}
              onMenu={(isIn) => void save(withPlace(pages, page.id, isIn), isIn ? "In the menu." : "Out of the menu.")}
              onStatus={(status) =>
                void save(
                  pages.map((other) => (other.id === page.id ? { ...other, status } : other)),
                  status === "published" ? "Published." : "Back to draft.",
                )
              }
              onDelete={() => setDeleting(page)}
            />
          ))}
        </ul>
      ) : null}
      {deleting === null ? null : (
        <Confirm
          title="Delete this page?"
          confirmLabel="Delete"
          onClose={() => setDeleting(null)}
          onConfirm={() => void remove(deleting)}
        >
          <p>“{deleting.title}” leaves the site. This cannot be taken back.</p>
        </Confirm>
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}
