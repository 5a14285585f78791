import { useCallback, useEffect, useState } from "react";
import type { Comment, CommentList } from "../../../schema/http/posts.ts";
import type { Client } from "../../core/index.ts";
import { call, messageOf } from "../api.ts";
import type { LiveData } from "./live-data.ts";

const PAGE_SIZE = 50;

export interface OlderComments {
  /** Oldest first. */
  comments: Comment[];
  state: "more" | "loading" | "end";
  problem: string | null;
  load: () => void;
}

/** Comments from before those that the live state holds, fetched page by page, and kept true by the live events. */
export function useOlderComments(data: LiveData, client: Client): OlderComments {
  const { tenant, postId } = data;
  const [comments, setComments] = useState<Comment[]>([]);
  const [cursor, setCursor] = useState(data.state.commentsCursor);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const post = client.post(tenant, postId);
    post.on("comment_edited", ({ comment }) => {
      setComments((known) => known.map((old) => (old.id === comment.id ? comment : old)));
    });
    post.on("comment_deleted", ({ commentId, comment }) => {
      setComments((known) =>
        known.flatMap((old) => (old.id !== commentId ? [old] : comment === null ? [] : [comment])),
      );
    });
    return () => post.close();
  }, [client, tenant, postId]);

  const load = useCallback(() => {
    const fetchPage = async (before: string): Promise<void> => {
      setLoading(true);
      setProblem(null);
      try {
        const query = new URLSearchParams({ cursor: before, limit: String(PAGE_SIZE), order: "newest" });
        const page = await call<CommentList>("GET", `/api/posts/${postId}/comments?${query}`);
        setComments((known) => [...page.comments.toReversed(), ...known]);
        setCursor(page.nextCursor);
      } catch (error) {
        setProblem(messageOf(error));
      } finally {
        setLoading(false);
      }
    };
    if (cursor !== null) void fetchPage(cursor);
  }, [cursor, postId]);

  return { comments, state: loading ? "loading" : cursor === null ? "end" : "more", problem, load };
}
