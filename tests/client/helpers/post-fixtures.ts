import type { Comment } from "../../../schema/http/posts.ts";
import type { PostState } from "../../../client/core/index.ts";

export const TENANT = "alice";
export const POST_ID = "pst_000000000000000000001";

export const ADA = { id: "usr_0000000000000000000a1", name: "Ada", picture: null };
export const BEN = { id: "usr_0000000000000000000b1", name: "Ben", picture: null };

/** The n-th comment, written n minutes into 2026. */
export function commentOf(n: number, more: Partial<Comment> = {}): Comment {
  return {
    id: `cmt_${String(n).padStart(21, "0")}`,
    postId: POST_ID,
    author: BEN,
    content: `comment ${n}`,
    html: `<p>comment ${n}</p>`,
    parentId: null,
    depth: 0,
    createdAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    editedAt: null,
    deleted: false,
    ...more,
  };
}

export function postState(more: Partial<PostState> = {}): PostState {
  return {
    post: {
      id: POST_ID,
      tenant: TENANT,
      slug: "moss",
      title: "Moss",
      tags: [],
      status: "published",
      author: ADA,
      publishedAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
      revision: 1,
    },
    comments: [],
    commentsCursor: null,
    commentCount: 0,
    reactions: { counts: { like: 0, love: 0, insightful: 0, celebrate: 0, curious: 0 }, mine: [] },
    presence: { count: 1 },
    ...more,
  };
}
