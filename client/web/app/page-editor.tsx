import { ArrowLeft } from "lucide-react";
import { useCallback } from "react";
import type { SitePage, SitePageList } from "../../../schema/http/admin/pages.ts";
import type { Tenant } from "../../../schema/http/tenants.ts";
import { call } from "../api.ts";
import { useFormats } from "../formats.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { MarkdownField } from "./markdown-field.tsx";
import { menuOf } from "./page-menu.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";
import { pageFieldsOf, usePageEditor } from "./use-page-editor.ts";
import { useSaveShortcut } from "./use-save-shortcut.ts";
import { AddressField, TitleField } from "./writing-fields.tsx";

const MAX_TITLE_LENGTH = 120;

/** The editor of one static page; of a new one without `pageId`. */
export function PageEditorPage({ bootstrap, pageId }: { bootstrap: Bootstrap; pageId: string | null }) {
  const load = useCallback(
    async (signal: AbortSignal) => {
      const [page, { pages }] = await Promise.all([
        pageId === null ? null : call<SitePage>("GET", `/api/admin/pages/${encodeURIComponent(pageId)}`, { signal }),
        call<SitePageList>("GET", "/api/admin/pages", { signal }),
      ]);
      return { page, lastPlace: (menuOf(pages).at(-1)?.menuOrder ?? -1) + 1 };
    },
    [pageId],
  );
  const { loaded, reload } = useLoad(load);
  const { tenant } = bootstrap;
  if (loaded.state === "ready" && tenant !== null) return <PageEditor {...loaded.value} tenant={tenant} />;
  return (
    <div className="wide">
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : (
        <Skeleton rows={6} />
      )}
    </div>
  );
}

interface PageEditorProps {
  page: SitePage | null;
  lastPlace: number;
  tenant: Tenant;
}

function PageEditor({ page: initial, lastPlace, tenant }: PageEditorProps) {
  const { formatAgo } = useFormats();
  const editor = usePageEditor(initial, lastPlace);
  const { page, fields, change, conflict } = editor;
  useSaveShortcut(() => editor.save());

  return (
    <div className="wide editor">
      <h1 className="visually-hidden">{page === null ? "New page" : "Edit page"}</h1>
      <PageBar editor={editor} />
      <TitleField value={fields.title} maxLength={MAX_TITLE_LENGTH} onChange={(title) => change({ title })} />
      <div className="editor__details">
        <AddressField value={fields.slug} title={fields.title} onChange={(slug) => change({ slug })} />
        <div className="field editor__menu">
          <label className="choice">
            <input
              type="checkbox"
              checked={fields.isInMenu}
              onChange={(event) => change({ isInMenu: event.currentTarget.checked })}
            />
            In the site’s menu, once it is published
          </label>
        </div>
      </div>
      <MarkdownField value={fields.content} onChange={(content) => change({ content })} tenant={tenant} />
      {conflict === null ? null : (
        <ConflictDialog
          title="This page was changed elsewhere"
          mine={fields}
          theirs={pageFieldsOf(conflict.theirs)}
          theirsHeading="On the server"
          onKeepMine={editor.keepMine}
          onTakeTheirs={editor.takeTheirs}
          onKeepBoth={editor.keepBoth}
          onLater={editor.decideLater}
        >
          <p>
            Another version was saved {formatAgo(conflict.theirs.updatedAt, Date.now())}. Nothing is lost until you
            choose which one stays.
          </p>
        </ConflictDialog>
      )}
    </div>
  );
}

/** Where the page stands, and the ways to save it. */
function PageBar({ editor: { page, saveState, isUnsaved, save } }: { editor: ReturnType<typeof usePageEditor> }) {
  const isPublished = page?.status === "published";
  const busy = saveState.state === "saving";
  const words = { saved: "Saved", unsaved: "Not saved", saving: "Saving…" };
  return (
    <div className="editor__bar">
      <a className="text-button" href="/admin/pages">
        <ArrowLeft aria-hidden="true" /> Pages
      </a>
      <span className={isPublished ? "badge badge--on" : "badge"}>{isPublished ? "Published" : "Draft"}</span>
      <span className={saveState.state === "failed" ? "editor__state field__error" : "editor__state"} role="status">
        {saveState.state === "failed" ? saveState.message : words[saveState.state]}
      </span>
      <div className="editor__actions">
        {isPublished ? (
          <a className="text-button" href={`/${page.slug}`}>
            View
          </a>
        ) : null}
        <button
          className="button"
          type="button"
          disabled={busy || (!isPublished && page !== null && !isUnsaved)}
          onClick={() => save("draft")}
        >
          {isPublished ? "Unpublish" : "Save draft"}
        </button>
        <button
          className="button button--primary"
          type="button"
          disabled={busy || (isPublished && !isUnsaved)}
          onClick={() => save("published")}
        >
          {isPublished ? "Save changes" : "Publish"}
        </button>
      </div>
    </div>
  );
}
