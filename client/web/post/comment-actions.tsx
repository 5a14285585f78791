import type { Comment } from "../../../schema/http/posts.ts";

/** How long an author may change a comment, in milliseconds. The server decides; this only hides what it would refuse. */
const EDIT_WINDOW_MS = 15 * 60_000;

export type CommentAction = "reply" | "edit" | "delete" | "report";

interface CommentActionsProps {
  comment: Comment;
  /** Id of the signed-in reader, or null. */
  viewerId: string | null;
  canModerate: boolean;
  canReply: boolean;
  now: number;
  onAction: (action: CommentAction) => void;
}

const LABELS: Record<CommentAction, string> = { reply: "Reply", edit: "Edit", delete: "Delete", report: "Report" };

/** What the reader may do with a comment. */
export function CommentActions({ comment, viewerId, canModerate, canReply, now, onAction }: CommentActionsProps) {
  if (viewerId === null) return null;
  const own = comment.author.id === viewerId;
  const actions: CommentAction[] = [];
  if (canReply) actions.push("reply");
  if (own && now - Date.parse(comment.createdAt) < EDIT_WINDOW_MS) actions.push("edit");
  if (own || canModerate) actions.push("delete");
  if (!own) actions.push("report");
  return (
    <>
      {actions.map((action) => (
        <button
          key={action}
          className="text-button"
          type="button"
          aria-label={`${LABELS[action]}: comment by ${comment.author.name}`}
          onClick={() => onAction(action)}
        >
          {LABELS[action]}
        </button>
      ))}
    </>
  );
}
