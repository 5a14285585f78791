import type { UsePost } from "../../react/index.ts";
import { Avatar } from "../parts/avatar.tsx";
import type { Person } from "../../../schema/principal.ts";

type Pending = UsePost["pending"][number];

interface PendingItemProps {
  pending: Pending;
  author: Person;
  onRetry: () => void;
  onDiscard: () => void;
}

/** An own comment that is on its way, or did not get there. */
export function PendingItem({ pending, author, onRetry, onDiscard }: PendingItemProps) {
  const failed = pending.status === "failed";
  return (
    <article className="comment__card comment--pending" aria-busy={!failed}>
      <Avatar person={author} />
      <div className="comment__main">
        <header className="comment__head">
          <span className="comment__author">{author.name}</span>
          {failed ? null : <span className="comment__note">Sending…</span>}
        </header>
        <p className="comment__body comment__source prose prose--small">{pending.content}</p>
        <div className="comment__actions">
          {failed ? (
            <p className="comment__failed" role="alert">
              <span>Not sent: {pending.error?.message ?? "something went wrong"}.</span>
              <button className="text-button" type="button" onClick={onRetry}>
                Try again
              </button>
              <button className="text-button" type="button" onClick={onDiscard}>
                Discard
              </button>
            </p>
          ) : null}
        </div>
      </div>
    </article>
  );
}
