import { z } from "zod";
import type { errorCodeSchema } from "./errors.ts";
import { operationIdSchema } from "./ids.ts";

/**
 * The language of one kind of party over its sockets.
 *
 * - `frames`: what a client may send, by `type`. `payload` is the frame without `type` and `id`; `result` is what
 *   its `ack` carries. A `transient` frame changes nothing that is stored: it runs outside a transaction and may be
 *   handled twice when it is sent twice.
 * - `events`: what happened, by `type`. They are logged, carry `seq`, and reach a socket that was away.
 * - `signals`: what is true just now, by `type` (presence, typing). They are never stored and carry no `seq`.
 * - `state`: the snapshot in `welcome` (or in the `greeting` after it) and `resync`.
 *
 * `version` must grow whenever any of these changes; a test holds the hash of each version.
 */
export interface Protocol {
  readonly party: string;
  readonly version: number;
  /** The type of the frame that brings a newcomer the state, where it does not come in `welcome` itself. */
  readonly greeting?: string;
  readonly frames: Record<string, { payload: z.ZodObject; result: z.ZodType; transient?: true }>;
  readonly events: Record<string, z.ZodObject>;
  readonly signals: Record<string, z.ZodObject>;
  readonly state: z.ZodType;
}

export function defineProtocol<const P extends Protocol>(protocol: P): P {
  return protocol;
}

/** A payload without fields is inferred as a record that forbids all, `type` included. */
type Typed<M, K extends keyof M, Payload> = { type: K } & (Payload extends Record<string, never> ? unknown : Payload);

/** A frame a client sends, before the client library gives it an `id`. */
export type ClientFrame<P extends Protocol, K extends keyof P["frames"] = keyof P["frames"]> = {
  [T in K]: Typed<P["frames"], T, z.input<P["frames"][T]["payload"]>>;
}[K];
/** What a handler receives for frame `K`, parsed. */
export type Payload<P extends Protocol, K extends keyof P["frames"]> = z.output<P["frames"][K]["payload"]>;
/** What the `ack` of frame `K` carries. */
export type Result<P extends Protocol, K extends keyof P["frames"]> = z.output<P["frames"][K]["result"]>;
export type EventOf<P extends Protocol> = {
  [T in keyof P["events"]]: Typed<P["events"], T, z.output<P["events"][T]>>;
}[keyof P["events"]];
export type SignalOf<P extends Protocol> = {
  [T in keyof P["signals"]]: Typed<P["signals"], T, z.output<P["signals"][T]>>;
}[keyof P["signals"]];
export type StateOf<P extends Protocol> = z.output<P["state"]>;

/** Frames every party sends, whatever its protocol. */
export type ControlFrame<P extends Protocol> =
  | {
      type: "welcome";
      protocol: number;
      connectionId: string;
      /** Who the server takes this socket for; null for a stranger. */
      userId: string | null;
      seq: number;
      state?: StateOf<P>;
      resumed?: true;
    }
  | { type: "resync"; seq: number; state: StateOf<P> }
  /** The socket's session has ended; the socket closes with 4401. */
  | { type: "logged_out" }
  | { type: "ack"; id: string; result?: unknown }
  | {
      type: "error";
      id?: string;
      code: z.infer<typeof errorCodeSchema>;
      message: string;
      retryAfterMs?: number;
      traceId: string;
    };

/** The schema that a client's text frame must pass, `id` included. Unknown fields are refused. */
export function clientFrameSchema(protocol: Protocol) {
  const options = Object.entries(protocol.frames).map(([type, { payload }]) =>
    payload.extend({ type: z.literal(type), id: operationIdSchema }).strict(),
  );
  const [first, ...rest] = options;
  if (first === undefined) return z.never();
  return z.discriminatedUnion("type", [first, ...rest]);
}
