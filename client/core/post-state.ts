import type { Comment } from "../../schema/http/posts.ts";
import type { PostProtocol } from "../../schema/parties/post.ts";
import type { EventOf, SignalOf, StateOf } from "../../schema/protocol.ts";
import type { Acknowledgement, PartyModel } from "./party.ts";

export type PostState = StateOf<PostProtocol>;
export type PostEvent = EventOf<PostProtocol>;
export type PostSignal = SignalOf<PostProtocol>;

/** How a post's state follows what happens to it. */
export const postModel: PartyModel<PostProtocol> = {
  party: "post",
  apply: applyToPost,
  acknowledged: acknowledgedByPost,
};

/** The state after an event or a signal. Applying a comment twice is the same as once. */
export function applyToPost(state: PostState, happened: PostEvent | PostSignal): PostState {
  switch (happened.type) {
    case "reaction":
      return withCount(state, happened.reactionType, happened.count);
    case "comment":
      return withComment(state, happened.comment);
    case "comment_edited":
      return withEdit(state, happened.comment);
    case "comment_deleted":
      return withoutComment(state, happened.commentId, happened.comment);
    case "post_updated":
      return { ...state, post: happened.post };
    case "presence":
      return { ...state, presence: { count: happened.count } };
    case "typing":
      return state; // Passes in seconds; kept by the TypingList.
    default:
      return state; // From a newer server.
  }
}

/**
 * The state after an own frame was acknowledged. `mine` changes only here, since no event tells of it; everything else
 * that a resent frame did has come with the events that were caught up, and may be older than they are.
 */
export function acknowledgedByPost(state: PostState, own: Acknowledgement<PostProtocol>, resent: boolean): PostState {
  switch (own.type) {
    case "react": {
      const { reactionType } = own.frame;
      const others = state.reactions.mine.filter((type) => type !== reactionType);
      const mine = own.result.added ? [...others, reactionType] : others;
      const reacted = { ...state, reactions: { ...state.reactions, mine } };
      const { newCount } = own.result;
      return resent || newCount === undefined ? reacted : withCount(reacted, reactionType, newCount);
    }
    case "comment":
      return resent ? state : withComment(state, own.result);
    case "edit_comment":
      return resent ? state : withEdit(state, own.result);
    case "delete_comment": // Its event tells whether a tombstone stays.
    case "typing":
    default:
      return state;
  }
}

/** Counts that the reader may not see stay absent. */
function withCount(state: PostState, type: PostState["reactions"]["mine"][number], count: number): PostState {
  const { counts } = state.reactions;
  if (counts === undefined) return state;
  return { ...state, reactions: { ...state.reactions, counts: { ...counts, [type]: count } } };
}

/** Adds a comment in its place, newest last. An own one may be told of twice, in any order with its event. */
function withComment(state: PostState, comment: Comment): PostState {
  if (state.comments.some(({ id }) => id === comment.id)) return state;
  const at =
    state.comments.findLastIndex(({ createdAt }) => Date.parse(createdAt) <= Date.parse(comment.createdAt)) + 1;
  return { ...state, comments: state.comments.toSpliced(at, 0, comment), commentCount: state.commentCount + 1 };
}

function withEdit(state: PostState, comment: Comment): PostState {
  return { ...state, comments: state.comments.map((known) => (known.id === comment.id ? comment : known)) };
}

function withoutComment(state: PostState, commentId: string, tombstone: Comment | null): PostState {
  if (state.comments.find(({ id }) => id === commentId)?.deleted === true && tombstone !== null) return state;
  const comments = state.comments.flatMap((known) => {
    if (known.id !== commentId) return [known];
    return tombstone === null ? [] : [tombstone];
  });
  return { ...state, comments, commentCount: Math.max(0, state.commentCount - 1) };
}
