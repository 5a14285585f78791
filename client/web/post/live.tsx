import { useState } from "react";
import type { Comment } from "../../../schema/http/posts.ts";
import type { Client } from "../../core/index.ts";
import { usePost } from "../../react/index.ts";
import { messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { ReloadButton } from "../parts/reload-button.tsx";
import { Toast } from "../parts/toast.tsx";
import { CommentActions, type CommentAction } from "./comment-actions.tsx";
import { Composer } from "./composer.tsx";
import { ConnectionState } from "./connection-state.tsx";
import type { LiveData } from "./live-data.ts";
import { LiveFrame, type LiveParts } from "./live-frame.tsx";
import { PendingItem } from "./pending-item.tsx";
import { ReportDialog } from "./report-dialog.tsx";
import type { ThreadEntry } from "./thread.ts";
import { typingLine } from "./typing-line.ts";
import { useNow } from "./use-now.ts";
import { useOlderComments } from "./use-older-comments.ts";
import { usePermalink } from "./use-permalink.ts";

/** The comment that the reader is doing something with, and what. */
type Doing = { action: CommentAction; comment: Comment } | null;

/** The live part of a post: what the server rendered, kept true, and with everything a reader may do. */
export function Live({ data, client }: { data: LiveData; client: Client }) {
  const { count } = useFormats();
  const { tenant, postId, viewer } = data;
  const post = usePost({ tenant, postId, client, initialState: data.state });
  const older = useOlderComments(data, client);
  const now = useNow();
  usePermalink(older, now !== null);
  const [doing, setDoing] = useState<Doing>(null);
  const [message, setMessage] = useState<string | null>(null);
  const state = post.state ?? data.state;
  const done = (): void => setDoing(null);
  const attempt = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      setMessage(error instanceof Error ? `That did not work: ${error.message}` : messageOf(error));
      throw error;
    }
  };
  const attemptQuietly = (work: Promise<unknown>): void => void attempt(work).catch(() => undefined);

  const recent = new Set(state.comments.map(({ id }) => id));
  const comments = [...older.comments.filter(({ id }) => !recent.has(id)), ...state.comments];
  const known = new Set(comments.map(({ id }) => id));
  const pendingUnder = (parentId: string | null) =>
    viewer === null
      ? []
      : post.pending
          // A reply to a comment that is gone stands with those on the post.
          .filter(
            (pending) =>
              (pending.parentId !== null && known.has(pending.parentId) ? pending.parentId : null) === parentId,
          )
          .map((pending) => (
            <PendingItem
              key={pending.id}
              pending={pending}
              author={viewer}
              onRetry={() => post.retry(pending.id)}
              onDiscard={() => post.discard(pending.id)}
            />
          ));

  const slotsOf = ({ comment }: ThreadEntry) => {
    const isDoing = (action: CommentAction): boolean => doing?.action === action && doing.comment.id === comment.id;
    const replies = pendingUnder(comment.id);
    return {
      actions: (
        <CommentActions
          comment={comment}
          viewerId={viewer?.id ?? null}
          canModerate={data.canModerate}
          canReply={data.commentsClosed === null}
          now={now ?? 0}
          onAction={(action) => setDoing({ action, comment })}
        />
      ),
      editor: isDoing("edit") ? (
        <Composer
          label="Your comment"
          submitLabel="Save"
          initial={comment.content}
          onCancel={done}
          onSubmit={async (content) => {
            await attempt(post.editComment(comment.id, content));
            done();
          }}
        />
      ) : undefined,
      reply:
        isDoing("reply") || replies.length > 0 ? (
          <>
            {replies}
            {isDoing("reply") ? (
              <Composer
                label={`Your reply to ${comment.author.name}`}
                placeholder={`Reply to ${comment.author.name}`}
                submitLabel="Reply"
                onCancel={done}
                onTyping={post.sendTyping}
                onSubmit={(content) => {
                  post.comment(content, comment.id);
                  done();
                }}
              />
            ) : null}
          </>
        ) : undefined,
    };
  };

  // The first render equals the server's, which knows no time and has no buttons.
  const parts: LiveParts | undefined =
    now === null
      ? undefined
      : {
          now,
          onReact: (type, on) => attemptQuietly(post.react(type, on)),
          connection: <ConnectionState status={post.status} closed={post.closed} signInUrl={data.signInUrl} />,
          presenceKnown: post.status === "live" || post.status === "connecting",
          older:
            older.state === "end" ? null : (
              <p className="discussion__older">
                <button
                  className="button button--small"
                  type="button"
                  disabled={older.state === "loading"}
                  onClick={older.load}
                >
                  {older.state === "loading" ? "Loading…" : "Show earlier comments"}
                </button>
                {older.problem === null ? null : <span className="field__error"> {older.problem}</span>}
              </p>
            ),
          slotsOf,
          pending: pendingUnder(null).map((item) => (
            <li className="comment" data-depth={0} key={item.key}>
              {item}
            </li>
          )),
          arrivals:
            post.newComments.count === 0 ? null : (
              <button className="button button--primary" type="button" onClick={post.newComments.reveal}>
                {count(post.newComments.count, "new comment")}
              </button>
            ),
          typing: typingLine(post.typing.filter(({ userId }) => userId !== viewer?.id).map(({ name }) => name)),
          composer: (
            <Composer
              label="Your comment"
              placeholder="Add to the discussion"
              submitLabel="Comment"
              onTyping={post.sendTyping}
              onSubmit={(content) => post.comment(content)}
            />
          ),
          notice:
            state.post.revision > data.state.post.revision ? (
              <p className="notice" role="status">
                <span>This post was changed while you were reading.</span>{" "}
                <ReloadButton>Show the new version</ReloadButton>
              </p>
            ) : null,
        };

  return (
    <>
      <LiveFrame data={data} state={state} comments={comments} parts={parts} />
      {doing?.action === "delete" ? (
        <Confirm
          title="Delete this comment?"
          confirmLabel="Delete"
          onClose={done}
          onConfirm={() => attemptQuietly(post.deleteComment(doing.comment.id))}
        >
          <p>It cannot be brought back. Replies to it stay.</p>
        </Confirm>
      ) : null}
      {doing?.action === "report" ? (
        <ReportDialog
          comment={doing.comment}
          onClose={done}
          onDone={() => {
            done();
            setMessage("Thank you. The people who run this site will look at it.");
          }}
        />
      ) : null}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </>
  );
}
