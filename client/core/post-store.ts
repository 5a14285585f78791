import { nanoid } from "nanoid";
import type { Comment } from "../../schema/http/posts.ts";
import type { PostProtocol } from "../../schema/parties/post.ts";
import type { ReactionResult, ReactionType } from "../../schema/reactions.ts";
import type { ConnectionStatus } from "./connection.ts";
import { systemClock, type Clock } from "./environment.ts";
import { ClientError } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import { OwnReactions } from "./own-reactions.ts";
import type { Snapshot } from "./party.ts";
import type { PartyHandle } from "./party-handle.ts";
import { PendingComments, type PendingComment } from "./pending-comments.ts";
import type { PostState } from "./post-state.ts";
import { TypingList, type Typist } from "./typing.ts";

/** A sign of typing is repeated this often at most: well within the time it counts, in milliseconds. */
export const TYPING_INTERVAL_MS = 3_000;

/** A post as its reader sees it: what the server said, with the reader's own wishes in it. */
export interface PostView {
  /** Without the comments that are held back. */
  readonly state: PostState | undefined;
  readonly status: ConnectionStatus;
  readonly closed: Snapshot<PostProtocol>["closed"];
  readonly typing: readonly Typist[];
  readonly pending: readonly PendingComment[];
  /** How many comments of others arrived and wait for `reveal`, so that the page does not move under the reader. */
  readonly newCommentCount: number;
}

/**
 * One reader's discussion of one post. It does nothing until it is attached to a handle, and may be attached and
 * detached any number of times; what it knows survives that.
 */
export class PostStore {
  readonly #listeners = new Listeners<void>();
  readonly #reactions = new OwnReactions();
  readonly #pending = new PendingComments();
  /** Comments that are shown; undefined until there is a first state, which is shown whole. */
  #shown: Set<string> | undefined;
  #base: PostState | undefined;
  #handle: PartyHandle<PostProtocol> | undefined;
  #clock: Clock = systemClock;
  #typing: TypingList | undefined;
  #typedAt = Number.NEGATIVE_INFINITY;
  #view: PostView;

  /** @param initialState what the server rendered; live state that differs from it arrives as news */
  constructor(initialState?: PostState) {
    this.#setBase(initialState);
    this.#view = this.#look();
  }

  readonly getSnapshot = (): PostView => this.#view;
  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  /** Follows a handle, which it owns from now on. The returned function detaches and closes it. */
  attach(handle: PartyHandle<PostProtocol>, clock: Clock): () => void {
    this.#handle = handle;
    this.#clock = clock;
    const typing = (this.#typing = new TypingList(clock, () => this.#changed()));
    handle.on("typing", (typist) => {
      typing.heard(typist);
      this.#changed();
    });
    handle.on("comment", ({ comment }) => typing.stopped(comment.author.id));
    // Before subscribers hear of the new state, so that no view has a comment both pending and posted.
    handle.on("ack", ({ own }) => {
      if (own.type !== "comment") return;
      this.#pending.remove(own.id);
      this.#shown?.add(own.result.id);
    });
    handle.subscribe(() => {
      this.#setBase(handle.state);
      this.#changed();
    });
    this.#setBase(handle.state);
    this.#changed();
    return () => {
      typing.clear();
      handle.close();
      if (this.#handle !== handle) return;
      this.#handle = undefined;
      this.#typing = undefined;
      this.#changed();
    };
  }

  /**
   * Sets or takes back a reaction. It shows at once and is rolled back when refused.
   * @throws ClientError with the server's reason
   */
  async react(reactionType: ReactionType, on: boolean): Promise<ReactionResult> {
    const id = nanoid();
    const takeBack = this.#reactions.wish(reactionType, on, this.#base?.reactions);
    // Taken back with the acknowledgement, in one step with the state that holds it.
    const stop = this.#handle?.on("ack", ({ own }) => {
      if (own.type === "react" && own.id === id) takeBack();
    });
    this.#changed();
    try {
      return await this.#attached().send({ type: "react", reactionType, on }, { id });
    } finally {
      stop?.();
      takeBack();
      this.#changed();
    }
  }

  /** Posts a comment. It is in `pending` until the server has it, and stays there as failed when it is refused. */
  comment(content: string, parentId: string | null = null): void {
    this.#post(this.#pending.add(content, parentId, this.#clock.now()));
  }

  /** Sends a failed comment again, as the same wish. */
  retry(id: string): void {
    const pending = this.#pending.retry(id);
    if (pending !== undefined) this.#post(pending);
  }

  /** Forgets a failed comment. */
  discard(id: string): void {
    this.#pending.remove(id);
    this.#changed();
  }

  /** @throws ClientError with the server's reason, `forbidden` when it is too late */
  async editComment(commentId: string, content: string): Promise<Comment> {
    return this.#attached().send({ type: "edit_comment", commentId, content });
  }

  /** @throws ClientError with the server's reason */
  async deleteComment(commentId: string): Promise<void> {
    await this.#attached().send({ type: "delete_comment", commentId });
  }

  /** Tells the others, at most every 3 s and only while that is news to them. Call it on every key press. */
  sendTyping(): void {
    const now = this.#clock.now();
    if (this.#handle?.status !== "live" || now - this.#typedAt < TYPING_INTERVAL_MS) return;
    this.#typedAt = now;
    this.#handle.send({ type: "typing" }).catch(() => undefined); // Nobody misses it.
  }

  /** Shows the comments that are held back. */
  readonly reveal = (): void => {
    for (const { id } of this.#base?.comments ?? []) this.#shown?.add(id);
    this.#changed();
  };

  #post({ id, content, parentId }: PendingComment): void {
    this.#changed();
    const sent = this.#handle?.send({ type: "comment", content, parentId }, { id }) ?? Promise.reject(notConnected());
    sent.catch((error: unknown) => {
      this.#pending.failed(id, error instanceof ClientError ? error : new ClientError("internal"));
      this.#changed();
    });
  }

  #attached(): PartyHandle<PostProtocol> {
    if (this.#handle === undefined) throw notConnected();
    return this.#handle;
  }

  #setBase(state: PostState | undefined): void {
    if (state === undefined) return;
    this.#base = state;
    this.#shown ??= new Set(state.comments.map(({ id }) => id));
  }

  #changed(): void {
    this.#view = this.#look();
    this.#listeners.emit();
  }

  #look(): PostView {
    const base = this.#base;
    const held = (base?.comments ?? []).filter(({ id }) => this.#shown?.has(id) === false);
    const hidden = new Set(held.map(({ id }) => id));
    return {
      state: base && {
        ...base,
        comments: hidden.size === 0 ? base.comments : base.comments.filter(({ id }) => !hidden.has(id)),
        reactions: this.#reactions.over(base.reactions),
      },
      status: this.#handle?.status ?? "connecting",
      closed: this.#handle?.closed,
      typing: this.#typing?.list ?? [],
      pending: this.#pending.list,
      newCommentCount: held.filter((comment) => !this.#pending.resembles(comment)).length,
    };
  }
}

function notConnected(): ClientError {
  return new ClientError("unavailable", "not connected");
}
