import type { Comment } from "../../../schema/http/posts.ts";

/** Replies deeper than this are shown flat, at this depth. */
export const MAX_SHOWN_DEPTH = 6;

export interface ThreadEntry {
  comment: Comment;
  /** 0 for a comment on the post itself, at most `MAX_SHOWN_DEPTH`. */
  depth: number;
  /** Whom it answers, where that comment is on the page. */
  parent: Comment | null;
}

/**
 * Comments in reading order: each followed by its replies, siblings as they were given (oldest first).
 * A reply whose parent is not among them is shown at the top level.
 */
export function threadOf(comments: readonly Comment[]): ThreadEntry[] {
  const byId = new Map(comments.map((comment) => [comment.id, comment]));
  const children = new Map<string | null, Comment[]>();
  for (const comment of comments) {
    const parentId = comment.parentId !== null && byId.has(comment.parentId) ? comment.parentId : null;
    const siblings = children.get(parentId);
    if (siblings === undefined) children.set(parentId, [comment]);
    else siblings.push(comment);
  }

  const entries: ThreadEntry[] = [];
  // A stack and not recursion: a hostile chain of replies must not overflow it.
  const open = [...(children.get(null) ?? [])].reverse().map((comment) => ({ comment, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { comment, depth } = next;
    const parent = depth === 0 || comment.parentId === null ? null : (byId.get(comment.parentId) ?? null);
    entries.push({ comment, depth: Math.min(depth, MAX_SHOWN_DEPTH), parent });
    for (const child of [...(children.get(comment.id) ?? [])].reverse())
      open.push({ comment: child, depth: depth + 1 });
  }
  return entries;
}
