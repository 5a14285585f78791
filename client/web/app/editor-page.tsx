import { useCallback } from "react";
import type { Post } from "../../../schema/http/posts.ts";
import { readingMinutes, slugify, wordCount } from "../../../schema/text.ts";
import { call } from "../api.ts";
import { useFormats } from "../formats.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { EditorBar } from "./editor-bar.tsx";
import { MarkdownField } from "./markdown-field.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useEditor } from "./use-editor.ts";
import { useLoad } from "./use-load.ts";
import { useSaveShortcut } from "./use-save-shortcut.ts";

const MAX_TITLE_LENGTH = 200;
const MAX_SLUG_LENGTH = 96;

/** The editor of one post; of a new one without `postId`. */
export function EditorPage({ bootstrap, postId }: { bootstrap: Bootstrap; postId: string | null }) {
  const load = useCallback(
    async (signal: AbortSignal) =>
      postId === null ? null : call<Post>("GET", `/api/posts/${encodeURIComponent(postId)}`, { signal }),
    [postId],
  );
  const { loaded, reload } = useLoad(load);
  if (loaded.state === "ready") return <Editor initial={loaded.value} />;
  return (
    <div className="wide">
      {loaded.state === "loading" ? (
        <Skeleton rows={6} />
      ) : (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      )}
    </div>
  );
}

function Editor({ initial }: { initial: Post | null }) {
  const { count } = useFormats();
  const editor = useEditor(initial);
  const { post, fields, change, conflict } = editor;
  useSaveShortcut(() => editor.save());
  const words = wordCount(fields.content);

  return (
    <div className="wide editor">
      <h1 className="visually-hidden">{post === null ? "New post" : "Edit post"}</h1>
      <EditorBar
        status={post?.status ?? "draft"}
        slug={post?.slug ?? null}
        saveState={editor.saveState}
        isUnsaved={editor.isUnsaved}
        onSave={editor.save}
      />
      <textarea
        className="editor__title"
        aria-label="Title"
        placeholder="Title"
        rows={1}
        value={fields.title}
        maxLength={MAX_TITLE_LENGTH}
        onKeyDown={(event) => {
          // One paragraph, however many lines it takes.
          if (event.key === "Enter") event.preventDefault();
        }}
        onInput={(event) => change({ title: event.currentTarget.value.replaceAll(/\s*\n\s*/g, " ") })}
      />
      <div className="editor__details">
        <div className="field">
          <label htmlFor="slug">Address</label>
          <input
            className="input"
            id="slug"
            value={fields.slug}
            maxLength={MAX_SLUG_LENGTH}
            placeholder={fields.title === "" ? "made from the title" : slugify(fields.title)}
            autoCapitalize="none"
            spellCheck={false}
            onInput={(event) => change({ slug: event.currentTarget.value.toLowerCase() })}
          />
        </div>
        <div className="field">
          <label htmlFor="tags">Tags</label>
          <input
            className="input"
            id="tags"
            value={fields.tags}
            placeholder="garden, winter"
            autoCapitalize="none"
            onInput={(event) => change({ tags: event.currentTarget.value })}
          />
        </div>
      </div>
      <MarkdownField value={fields.content} onChange={(content) => change({ content })} />
      <p className="editor__count">
        {count(words, "word")}, {readingMinutes(fields.content)} min read
      </p>
      {conflict === null ? null : (
        <ConflictDialog
          conflict={conflict}
          mine={fields}
          onKeepMine={editor.keepMine}
          onTakeTheirs={editor.takeTheirs}
          onLater={editor.decideLater}
        />
      )}
    </div>
  );
}
