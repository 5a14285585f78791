import { nanoid } from "nanoid";
import { ID_PREFIXES, type IdKind } from "../../schema/ids.ts";

/** Time and chance, the two things a party may not take from the world directly. */
export interface Runtime {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** A number in [0, 1). Not for secrets. */
  random(): number;
  /** 126 random bits in 21 URL-safe characters, fit for ids and secrets' names. */
  token(): string;
}

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  token: () => nanoid(),
};

let current = systemRuntime;

/** The runtime in force. Objects are built by the platform, so it cannot be handed to their constructors. */
export function runtime(): Runtime {
  return current;
}

/** Puts another runtime in force, for tests. Answers what to call to take it back. */
export function replaceRuntime(next: Runtime): () => void {
  const previous = current;
  current = next;
  return () => {
    current = previous;
  };
}

/** A new id of the given kind, such as `usr_V1StGXR8_Z5jdHi6B-myT`. */
export function newId(kind: IdKind): string {
  return `${ID_PREFIXES[kind]}_${current.token()}`;
}
