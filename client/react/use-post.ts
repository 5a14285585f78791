import { useEffect, useState, useSyncExternalStore } from "react";
import { PostStore, type Client, type PostState, type PostView } from "../core/index.ts";
import { useClient } from "./client-context.ts";

export interface UsePostOptions {
  tenant: string;
  postId: string;
  /** Defaults to the one of the nearest ClientProvider, else to the page's own. */
  client?: Client;
  /** What the server rendered: shown until the first welcome. Only the first for each post counts. */
  initialState?: PostState;
  /** False keeps the socket closed. */
  enabled?: boolean;
}

type PostActions = Pick<
  PostStore,
  "react" | "comment" | "editComment" | "deleteComment" | "sendTyping" | "retry" | "discard"
>;

/** What usePost gives: a view that changes, and actions that never do. */
export interface UsePost extends Omit<PostView, "newCommentCount">, PostActions {
  /** Comments of others that arrived and are not in `state` until `reveal` is called. */
  readonly newComments: { readonly count: number; reveal: () => void };
}

/** One reader's discussion, and what makes it another one. */
interface Discussion {
  readonly client: Client;
  readonly tenant: string;
  readonly postId: string;
  readonly store: PostStore;
  readonly actions: PostActions;
}

/**
 * A post, live. Renders `initialState` on the server and first in the browser; connects after mounting and lets
 * go on unmounting. Components that use the same post share one socket, but each has its own pending comments.
 */
export function usePost({ tenant, postId, client: given, initialState, enabled = true }: UsePostOptions): UsePost {
  const inherited = useClient();
  const client = given ?? inherited;
  const [kept, keep] = useState(() => begin(client, tenant, postId, initialState));
  let discussion = kept;
  if (kept.client !== client || kept.tenant !== tenant || kept.postId !== postId) {
    discussion = begin(client, tenant, postId, initialState);
    keep(discussion);
  }
  const { store, actions } = discussion;

  useEffect(() => {
    if (!enabled) return undefined;
    return store.attach(client.post(tenant, postId), client.clock);
  }, [store, client, tenant, postId, enabled]);

  const view = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  const { newCommentCount, status, ...rest } = view;
  return {
    ...rest,
    ...actions,
    status: enabled ? status : "closed",
    newComments: { count: newCommentCount, reveal: store.reveal },
  };
}

function begin(client: Client, tenant: string, postId: string, initialState: PostState | undefined): Discussion {
  const store = new PostStore(initialState);
  // Functions that may be passed on by themselves.
  const actions: PostActions = {
    react: (type, on) => store.react(type, on),
    comment: (content, parentId) => store.comment(content, parentId),
    editComment: (commentId, content) => store.editComment(commentId, content),
    deleteComment: (commentId) => store.deleteComment(commentId),
    sendTyping: () => store.sendTyping(),
    retry: (id) => store.retry(id),
    discard: (id) => store.discard(id),
  };
  return { client, tenant, postId, store, actions };
}
