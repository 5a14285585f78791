import type { ReceivedReport } from "../../../schema/http/reports.ts";
import { useFormats } from "../formats.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { REPORT_REASON_WORDS } from "../report-reasons.ts";

interface ReportRowProps {
  report: ReceivedReport;
  onDelete: () => void;
  onDismiss: () => void;
}

/** One report, the comment that it is about, and what can be done. It can take the focus when the row before it goes. */
export function ReportRow({ report, onDelete, onDismiss }: ReportRowProps) {
  const { formatAgo } = useFormats();
  const { id, reason, note, createdAt, reporter, post, comment } = report;
  const about = comment === null ? `a comment on ${post.title}` : `the comment by ${comment.author.name}`;
  const now = Date.now();
  return (
    <li className="report" id={id} tabIndex={-1} aria-labelledby={`${id}-reason`}>
      <h2 className="report__reason" id={`${id}-reason`}>
        {REPORT_REASON_WORDS[reason]}
      </h2>
      <p className="report__head">
        <Avatar person={reporter} small />
        <span>
          reported by {reporter.name} <time dateTime={createdAt}>{formatAgo(createdAt, now)}</time>
        </span>
      </p>
      {note === null ? null : <p className="report__note">“{note}”</p>}
      <ReportedComment report={report} now={now} />
      <div className="report__actions">
        {comment === null || comment.deleted ? null : (
          <button
            className="button button--small button--danger"
            type="button"
            aria-label={`Delete comment by ${comment.author.name}`}
            onClick={onDelete}
          >
            Delete comment
          </button>
        )}
        <button
          className="button button--small"
          type="button"
          aria-label={`Dismiss the report of ${about} by ${reporter.name}`}
          onClick={onDismiss}
        >
          Dismiss
        </button>
      </div>
    </li>
  );
}

function ReportedComment({ report: { comment, post }, now }: { report: ReceivedReport; now: number }) {
  const { formatAgo } = useFormats();
  if (comment === null || comment.deleted) {
    return (
      <div className="report__comment">
        <p className="report__gone">The comment is gone.</p>
        <p className="meta">
          <span>
            on <a href={`/${post.slug}`}>{post.title}</a>
          </span>
        </p>
      </div>
    );
  }
  return (
    <div className="report__comment">
      <p className="meta">
        <span>{comment.author.name}</span>
        <span>
          <a href={`/${post.slug}#${comment.id}`}>
            on {post.title}, <time dateTime={comment.createdAt}>{formatAgo(comment.createdAt, now)}</time>
          </a>
        </span>
      </p>
      <blockquote className="report__text">{comment.content}</blockquote>
    </div>
  );
}
