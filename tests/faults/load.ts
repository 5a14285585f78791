import { randomUUID } from "node:crypto";
import { z } from "zod";
import { REACTION_TYPES, type ReactionType } from "../../schema/reactions.ts";
import type { Site } from "../e2e/harness.ts";

/** Someone who takes part, by API. */
export interface Reader {
  userId: string;
  token: string;
}

/** What the server has acknowledged: the ledger that storage is checked against. */
export interface Ledger {
  /** Comment ids by post. */
  comments: Map<string, Set<string>>;
  /** `postId userId type` of each reaction that stands. */
  reactions: Set<string>;
}

/** Comments a person may write on one post in a minute; the load stays below. */
const COMMENTS_EACH = 4;

interface Operation {
  postId: string;
  reader: Reader;
  /** Sent until it is acknowledged, always with the same id. */
  opId: string;
  act: { kind: "comment"; content: string } | { kind: "react"; type: ReactionType };
}

const commentSchema = z.object({ id: z.string() });

/** All that will be asked: each reader reacts in every way to every post and comments on each a few times, mixed. */
export function planLoad(posts: readonly string[], readers: readonly Reader[]): Operation[] {
  const operations: Operation[] = [];
  for (const postId of posts) {
    for (const reader of readers) {
      for (const type of REACTION_TYPES)
        operations.push({ postId, reader, opId: randomUUID(), act: { kind: "react", type } });
      for (let n = 0; n < COMMENTS_EACH; n++) {
        operations.push({
          postId,
          reader,
          opId: randomUUID(),
          act: { kind: "comment", content: `Remark ${randomUUID()}` },
        });
      }
    }
  }
  return shuffled(operations);
}

/**
 * Performs operations, several side by side, each until it is acknowledged.
 * @param acknowledged is called after every acknowledgement with how many there are so far.
 */
export async function perform(
  site: Site,
  subdomain: string,
  operations: Operation[],
  atOnce: number,
  acknowledged: (count: number) => void,
): Promise<Ledger> {
  const ledger: Ledger = { comments: new Map(), reactions: new Set() };
  const waiting = [...operations];
  let count = 0;
  const lane = async (): Promise<void> => {
    for (let operation = waiting.pop(); operation !== undefined; operation = waiting.pop()) {
      note(ledger, operation, await insist(site, subdomain, operation));
      acknowledged(++count);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return ledger;
}

/** How often one operation may fail before the server is taken to be broken: far more than the kills explain. */
const MAX_TRIES = 2_000;

/** Repeats a request with the same id until it is acknowledged, as our client does. */
async function insist(site: Site, subdomain: string, operation: Operation): Promise<unknown> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await ask(site, subdomain, operation);
    if (answer === "lost") continue;
    if (answer.status < 300) return JSON.parse(answer.body);
    if (answer.status < 500) throw new Error(`refused with ${answer.status}: ${answer.body}`);
  }
  throw new Error(`not acknowledged in ${MAX_TRIES} tries`);
}

async function ask(site: Site, subdomain: string, { postId, reader, opId, act }: Operation) {
  const url = `${site.origin(subdomain)}/api/posts/${postId}`;
  try {
    return act.kind === "comment"
      ? await site.api("POST", `${url}/comments`, reader.token, { content: act.content, opId })
      : await site.api("PUT", `${url}/reactions/${act.type}`, reader.token, { on: true, opId });
  } catch {
    return "lost"; // The server died before or after it did what was asked: only the repeat can tell.
  }
}

function note(ledger: Ledger, { postId, reader, act }: Operation, answer: unknown): void {
  if (act.kind === "react") {
    ledger.reactions.add(`${postId} ${reader.userId} ${act.type}`);
    return;
  }
  const ids = ledger.comments.get(postId) ?? new Set();
  ids.add(commentSchema.parse(answer).id);
  ledger.comments.set(postId, ids);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
