import { ArrowLeft, Maximize2, Minimize2 } from "lucide-react";
import type { PostStatus } from "../../../schema/http/posts.ts";
import type { DraftStatus } from "./draft-keeper.ts";
import type { SaveState } from "./use-editor.ts";

interface EditorBarProps {
  status: PostStatus;
  /** Null for what was never saved. */
  slug: string | null;
  saveState: SaveState;
  draftStatus: DraftStatus;
  isUnsaved: boolean;
  isZen: boolean;
  onZen: (isZen: boolean) => void;
  onSave: (status?: PostStatus) => void;
}

/** Where the post stands, and the ways to save it. */
export function EditorBar(props: EditorBarProps) {
  const { status, slug, saveState, draftStatus, isUnsaved, isZen, onZen, onSave } = props;
  const isPublished = status === "published";
  const busy = saveState.state === "saving";
  return (
    <div className="editor__bar">
      <a className="text-button" href="/admin/posts">
        <ArrowLeft aria-hidden="true" /> Posts
      </a>
      <span className={isPublished ? "badge badge--on" : "badge"}>
        {isPublished ? "Published" : status === "draft" ? "Draft" : "Private"}
      </span>
      <span className={saveState.state === "failed" ? "editor__state field__error" : "editor__state"} role="status">
        {saveState.state === "unsaved" ? wordsForDraft(draftStatus, isPublished) : wordsFor(saveState)}
      </span>
      <button
        className="button button--quiet button--icon"
        type="button"
        aria-label="Zen mode"
        title={isZen ? "Show everything (Escape)" : "Zen mode: only the text"}
        aria-pressed={isZen}
        onClick={() => onZen(!isZen)}
      >
        {isZen ? <Minimize2 aria-hidden="true" /> : <Maximize2 aria-hidden="true" />}
      </button>
      <div className="editor__actions">
        {slug === null ? null : (
          <a className="text-button" href={`/${slug}`}>
            {isPublished ? "View" : "See it"}
          </a>
        )}
        {isPublished ? (
          <button className="button" type="button" disabled={busy} onClick={() => onSave("draft")}>
            Unpublish
          </button>
        ) : (
          <button
            className="button"
            type="button"
            disabled={busy || (slug !== null && !isUnsaved)}
            onClick={() => onSave()}
          >
            Save draft
          </button>
        )}
        {isPublished ? (
          <button
            className="button button--primary"
            type="button"
            disabled={busy || !isUnsaved}
            onClick={() => onSave()}
          >
            Save changes
          </button>
        ) : (
          <button className="button button--primary" type="button" disabled={busy} onClick={() => onSave("published")}>
            Publish
          </button>
        )}
      </div>
    </div>
  );
}

function wordsFor(saveState: Exclude<SaveState, { state: "unsaved" }>): string {
  switch (saveState.state) {
    case "saved":
      return "Saved";
    case "saving":
      return "Saving…";
    case "failed":
      return saveState.message;
  }
}

/** Where the text is, while the post does not have it. */
function wordsForDraft(status: DraftStatus, isPublished: boolean): string {
  switch (status.state) {
    case "none":
      return "Not saved";
    case "saving":
      return "Saving the draft…";
    case "saved":
      return isPublished ? "Changes kept as a draft" : "Draft saved";
    case "here":
      return `Not saved yet, kept on this device${because(status.reason)}`;
    case "nowhere":
      return `Not saved${because(status.reason)}`;
  }
}

function because(reason: string | null): string {
  return reason === null ? "" : `. ${reason}`;
}
