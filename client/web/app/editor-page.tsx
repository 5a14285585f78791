import { useCallback, useState } from "react";
import type { Post } from "../../../schema/http/posts.ts";
import type { Tenant } from "../../../schema/http/tenants.ts";
import { readingMinutes, wordCount } from "../../../schema/text.ts";
import { useUserSession } from "../../react/index.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { DraftKeeper } from "./draft-keeper.ts";
import { DraftNotice } from "./draft-notice.tsx";
import { draftServer, slugOfNew } from "./draft-server.ts";
import { BrowserDraftShelf } from "./draft-shelf.ts";
import { EditorBar } from "./editor-bar.tsx";
import { fieldsOf } from "./fields.ts";
import { MarkdownField } from "./markdown-field.tsx";
import { useOwnAccount } from "./own-account.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useDraftSaving } from "./use-draft-saving.ts";
import { useEditor } from "./use-editor.ts";
import { useLoad } from "./use-load.ts";
import { useSaveShortcut } from "./use-save-shortcut.ts";
import { useZen } from "./use-zen.ts";
import { AddressField, TitleField } from "./writing-fields.tsx";

const MAX_TITLE_LENGTH = 200;
/** For a site that does not say. */
const DEFAULT_AUTO_SAVE_S = 30;

/** The editor of one post; of a new one without `postId`. */
export function EditorPage({ bootstrap, postId }: { bootstrap: Bootstrap; postId: string | null }) {
  const { me } = useOwnAccount();
  const userId = me.id;
  const intervalMs = 1_000 * (bootstrap.editorPreferences?.autoSaveInterval ?? DEFAULT_AUTO_SAVE_S);
  // Drafts on the server are for all who may change every post.
  const isLocalOnly = bootstrap.role !== "editor" && bootstrap.role !== "owner";
  const load = useCallback(
    async (signal: AbortSignal) => {
      const post =
        postId === null ? null : await call<Post>("GET", `/api/posts/${encodeURIComponent(postId)}`, { signal });
      const keeper = new DraftKeeper({
        slug: post?.slug ?? slugOfNew(userId),
        fields: fieldsOf(post),
        postRevision: post?.revision ?? null,
        shelf: new BrowserDraftShelf(userId),
        server: draftServer,
        intervalMs,
        isLocalOnly,
      });
      signal.addEventListener("abort", () => keeper.close());
      await keeper.open();
      return { post, keeper };
    },
    [postId, userId, intervalMs, isLocalOnly],
  );
  const { loaded, reload } = useLoad(load);
  const { tenant } = bootstrap;
  if (loaded.state === "ready" && tenant !== null)
    return (
      <Editor
        {...loaded.value}
        userId={userId}
        tenant={tenant}
        startsZen={bootstrap.editorPreferences?.zenMode ?? false}
      />
    );
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

interface EditorProps {
  post: Post | null;
  keeper: DraftKeeper;
  userId: string;
  tenant: Tenant;
  startsZen: boolean;
}

function Editor({ post: initial, keeper, userId, tenant, startsZen }: EditorProps) {
  const { count } = useFormats();
  const { deviceId, devices } = useUserSession({ userId });
  const editor = useEditor(initial, keeper);
  const { post, fields, change, conflict, draft } = editor;
  const [message, setMessage] = useState<string | null>(null);
  useDraftSaving(keeper, deviceId);
  useSaveShortcut(() => editor.save());
  const { isZen, setZen } = useZen(startsZen);
  const words = wordCount(fields.content);

  return (
    <div className="wide editor">
      <h1 className="visually-hidden">{post === null ? "New post" : "Edit post"}</h1>
      <EditorBar
        status={post?.status ?? "draft"}
        slug={post?.slug ?? null}
        saveState={editor.saveState}
        draftStatus={draft.status}
        isUnsaved={editor.isUnsaved}
        isZen={isZen}
        onZen={setZen}
        onSave={editor.save}
      />
      <DraftNotice
        draft={draft}
        keeper={keeper}
        devices={devices}
        deviceId={deviceId}
        onDiscard={editor.discard}
        onFailure={(error) => setMessage(messageOf(error))}
      />
      <TitleField value={fields.title} maxLength={MAX_TITLE_LENGTH} onChange={(title) => change({ title })} />
      <div className="editor__details">
        <AddressField value={fields.slug} title={fields.title} onChange={(slug) => change({ slug })} />
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
      <MarkdownField value={fields.content} onChange={(content) => change({ content })} tenant={tenant} />
      <p className="editor__count">
        {count(words, "word")}, {readingMinutes(fields.content)} min read
      </p>
      {conflict === null ? null : (
        <PostConflict
          theirs={conflict.theirs}
          mine={fields}
          onKeepMine={editor.keepMine}
          onTakeTheirs={editor.takeTheirs}
          onKeepBoth={editor.keepBoth}
          onLater={editor.decideLater}
        />
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

interface PostConflictProps {
  theirs: Post;
  mine: ReturnType<typeof fieldsOf>;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onKeepBoth: () => void;
  onLater: () => void;
}

function PostConflict({ theirs, ...props }: PostConflictProps) {
  const { formatAgo } = useFormats();
  return (
    <ConflictDialog
      title="This post was changed elsewhere"
      theirs={fieldsOf(theirs)}
      theirsHeading="On the server"
      {...props}
    >
      <p>
        Another version was saved {formatAgo(theirs.updatedAt, Date.now())}. Nothing is lost until you choose which one
        stays.
      </p>
    </ConflictDialog>
  );
}
