import { nanoid } from "nanoid";
import type { Comment } from "../../schema/http/posts.ts";
import type { ClientError } from "./errors.ts";

/** A comment of ours that the server has not confirmed. */
export interface PendingComment {
  /** Ours, not the comment's: it names the wish, so that a retry never posts twice. */
  readonly id: string;
  readonly content: string;
  readonly parentId: string | null;
  /** When it was written, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly status: "sending" | "failed";
  /** Why it failed. */
  readonly error: ClientError | undefined;
}

/** Own comments on their way, oldest first. */
export class PendingComments {
  #list: readonly PendingComment[] = [];

  get list(): readonly PendingComment[] {
    return this.#list;
  }

  add(content: string, parentId: string | null, createdAt: number): PendingComment {
    const pending: PendingComment = { id: nanoid(), content, parentId, createdAt, status: "sending", error: undefined };
    this.#list = [...this.#list, pending];
    return pending;
  }

  /** Marks it as being sent again; undefined when it is not there or has not failed. */
  retry(id: string): PendingComment | undefined {
    const failed = this.#list.find((pending) => pending.id === id && pending.status === "failed");
    if (failed !== undefined) this.#replace(id, { status: "sending", error: undefined });
    return failed;
  }

  failed(id: string, error: ClientError): void {
    this.#replace(id, { status: "failed", error });
  }

  remove(id: string): void {
    this.#list = this.#list.filter((pending) => pending.id !== id);
  }

  /** Whether `comment` looks like one of these: its event may come before its acknowledgement. */
  resembles(comment: Comment): boolean {
    return this.#list.some(
      ({ status, content, parentId }) =>
        status === "sending" && content.trim() === comment.content && parentId === comment.parentId,
    );
  }

  #replace(id: string, change: Pick<PendingComment, "status" | "error">): void {
    this.#list = this.#list.map((pending) => (pending.id === id ? { ...pending, ...change } : pending));
  }
}
