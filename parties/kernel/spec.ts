import type { z } from "zod";
import type { Address } from "../../schema/addresses.ts";
import type { Payload, Protocol, Result } from "../../schema/protocol.ts";
import type { Migration } from "./migrations.ts";
import type { Socket } from "./sockets.ts";

/** Limits on what one socket, and one person over all their sockets in this party, may do. */
export interface SocketLimits {
  /** Largest text frame in bytes of UTF-8. */
  bytes: number;
  socket: { capacity: number; perSecond: number };
  person: { capacity: number; perSecond: number };
  /** How many sockets one person may have open, and how fast they may open them. Strangers are not told apart here. */
  connections: { open: number; capacity: number; perSecond: number };
}

export const DEFAULT_LIMITS: SocketLimits = {
  bytes: 16 * 1024,
  socket: { capacity: 60, perSecond: 20 },
  person: { capacity: 120, perSecond: 40 },
  connections: { open: 2_000, capacity: 4_000, perSecond: 100 },
};

/** What the kernel must know of a party before the first of its code runs. */
export interface PartySpec<P extends Protocol = Protocol, Parts = unknown> {
  readonly address: Address<Parts>;
  readonly protocol: P;
  /** In order. See `migrationsFrom`. */
  readonly migrations: readonly Migration[];
  readonly limits?: Partial<SocketLimits>;
}

/** A handler is one synchronous transaction: it reads, decides, writes, emits. What it does elsewhere goes through the outbox. */
export type FrameHandlers<P extends Protocol> = {
  readonly [K in keyof P["frames"]]: (payload: Payload<P, K>, socket: Socket) => Result<P, K>;
};

/** What the edge and other parties may call. Made by `command` and `procedure`. */
export interface Method<Input extends z.ZodType = z.ZodType, Output = unknown> {
  readonly kind: "command" | "procedure";
  readonly input: Input;
  /** Called only with what `input` has parsed. */
  readonly run: (input: never) => Output;
}
export type Methods = Readonly<Record<string, Method>>;

/**
 * A method that changes state: synchronous, run in one transaction, safe to deliver from an outbox.
 * The input is parsed before it runs; a mismatch is `bad_request`.
 */
export function command<I extends z.ZodType, O>(input: I, run: (input: z.output<I>) => O): Method<I, O> {
  return { kind: "command", input, run };
}

/** A method that may wait for others (D1, another party). What it writes, it writes through `transact`. */
export function procedure<I extends z.ZodType, O>(input: I, run: (input: z.output<I>) => O): Method<I, O> {
  return { kind: "procedure", input, run };
}

/** A job's handler: at least once, so it must bear being run again. Made by `job`. */
export interface Job {
  readonly input: z.ZodType;
  readonly run: (input: never) => void | Promise<void>;
}
export type Jobs = Readonly<Record<string, Job>>;

export function job<I extends z.ZodType>(input: I, run: (input: z.output<I>) => void | Promise<void>): Job {
  return { input, run };
}
