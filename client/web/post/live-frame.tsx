import type { ReactNode } from "react";
import type { Comment } from "../../../schema/http/posts.ts";
import type { ReactionType } from "../../../schema/reactions.ts";
import { useFormats } from "../formats.tsx";
import { CommentCard } from "./comment-card.tsx";
import { ComposerPlaceholder } from "./composer-placeholder.tsx";
import type { LiveData, PostState } from "./live-data.ts";
import { ReactionBar } from "./reaction-bar.tsx";
import { threadOf, type ThreadEntry } from "./thread.ts";

/** What the browser adds to the frame once it is live. Each part has its room kept while it is absent. */
export interface LiveParts {
  now: number;
  onReact: (type: ReactionType, on: boolean) => void;
  connection: ReactNode;
  /** False while nothing says how many read now. */
  presenceKnown: boolean;
  older: ReactNode;
  slotsOf: (entry: ThreadEntry) => { actions?: ReactNode; editor?: ReactNode; reply?: ReactNode };
  /** The reader's own comments that are not acknowledged yet, as list items. */
  pending: ReactNode;
  arrivals: ReactNode;
  typing: ReactNode;
  composer: ReactNode;
  notice: ReactNode;
}

interface LiveFrameProps {
  data: LiveData;
  state: PostState;
  comments: readonly Comment[];
  parts?: LiveParts | undefined;
}

/**
 * Reactions, presence and the discussion under a post. The server renders it without `parts`, and so does the
 * browser at first, so that both have the same HTML.
 */
export function LiveFrame({ data, state, comments, parts }: LiveFrameProps) {
  const { formatNumber } = useFormats();
  const signInUrl = data.viewer === null ? data.signInUrl : null;
  const entries = threadOf(comments);
  return (
    <>
      <div className="live__bar">
        <ReactionBar reactions={state.reactions} signInUrl={signInUrl} onReact={parts?.onReact} />
        <p className="live__signals">
          {parts?.connection}
          {state.presence.count > 0 && parts?.presenceKnown !== false ? (
            <span className="reading-now">{formatNumber(state.presence.count)} reading now</span>
          ) : null}
        </p>
      </div>
      {parts?.notice}
      <section className="discussion" id="comments" aria-labelledby="comments-title">
        <h2 className="discussion__title" id="comments-title">
          Discussion{" "}
          {state.commentCount > 0 ? (
            <span className="discussion__count">{formatNumber(state.commentCount)}</span>
          ) : null}
        </h2>
        {parts === undefined && state.commentsCursor !== null ? (
          <p className="discussion__older">
            <button className="button button--small" type="button" disabled>
              Show earlier comments
            </button>
          </p>
        ) : (
          parts?.older
        )}
        {entries.length === 0 && data.commentsClosed === null ? (
          <p className="discussion__none">Nobody has said anything yet.</p>
        ) : null}
        <ol className="comments">
          {entries.map((entry) => (
            <CommentCard
              key={entry.comment.id}
              entry={entry}
              now={parts?.now ?? null}
              authorId={state.post.author.id}
              actionable={data.viewer !== null}
              {...parts?.slotsOf(entry)}
            />
          ))}
          {parts?.pending}
        </ol>
        <div className="arrivals" role="status">
          {parts?.arrivals}
        </div>
        {data.commentsClosed === null ? (
          <>
            <p className="typing">{parts?.typing}</p>
            {data.viewer === null ? (
              <p className="notice">
                <a className="button button--primary" href={data.signInUrl}>
                  Sign in to join
                </a>
                <span>Reading needs no account. Reacting and commenting do.</span>
              </p>
            ) : (
              (parts?.composer ?? <ComposerPlaceholder />)
            )}
          </>
        ) : (
          <p className="notice">{data.commentsClosed}</p>
        )}
      </section>
    </>
  );
}
