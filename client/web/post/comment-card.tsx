import type { ReactNode } from "react";
import type { Comment } from "../../../schema/http/posts.ts";
import { useFormats } from "../formats.tsx";
import { Avatar } from "../parts/avatar.tsx";
import type { ThreadEntry } from "./thread.ts";

interface CommentCardProps {
  entry: ThreadEntry;
  /** Milliseconds since 1970; null on the server, which writes the date instead of "5 minutes ago". */
  now: number | null;
  /** The author of the post, who is marked. */
  authorId: string;
  /** Whether the reader may act on comments: keeps the room for the buttons while they are absent. */
  actionable: boolean;
  /** Buttons under the comment. */
  actions?: ReactNode;
  /** In the place of the text, while it is being edited. */
  editor?: ReactNode;
  /** Under the comment: the composer of a reply. */
  reply?: ReactNode;
}

/** One comment: who, when, what. */
export function CommentCard({ entry, now, authorId, actionable, actions, editor, reply }: CommentCardProps) {
  const { comment, depth, parent } = entry;
  return (
    <li className={comment.deleted ? "comment comment--deleted" : "comment"} id={comment.id} data-depth={depth}>
      <article className="comment__card">
        {comment.deleted ? (
          <span className="avatar avatar--gone" aria-hidden="true" />
        ) : (
          <Avatar person={comment.author} />
        )}
        <div className="comment__main">
          <CommentHead comment={comment} parent={parent} now={now} authorId={authorId} />
          {editor ?? <CommentBody comment={comment} />}
          {actionable && !comment.deleted ? <div className="comment__actions">{actions}</div> : null}
          {reply === undefined || reply === null ? null : <div className="comment__reply">{reply}</div>}
        </div>
      </article>
    </li>
  );
}

function CommentHead({
  comment,
  parent,
  now,
  authorId,
}: {
  comment: Comment;
  parent: Comment | null;
  now: number | null;
  authorId: string;
}) {
  const { formatAgo, formatShortDate } = useFormats();
  return (
    <header className="comment__head">
      <span className="comment__author">{comment.deleted ? "Someone" : comment.author.name}</span>
      {comment.author.id === authorId && !comment.deleted ? <span className="badge badge--on">Author</span> : null}
      {parent === null || parent.deleted ? null : (
        <span className="visually-hidden">in reply to {parent.author.name}</span>
      )}
      <a className="comment__when" href={`#${comment.id}`} title="Link to this comment">
        <time dateTime={comment.createdAt}>
          {now === null ? formatShortDate(comment.createdAt) : formatAgo(comment.createdAt, now)}
        </time>
      </a>
      {comment.editedAt === null || comment.deleted ? null : <span className="comment__note">edited</span>}
    </header>
  );
}

function CommentBody({ comment }: { comment: Comment }) {
  if (comment.deleted) return <p className="comment__body">This comment was deleted.</p>;
  return <div className="comment__body prose prose--small" dangerouslySetInnerHTML={{ __html: comment.html }} />;
}
