import type { ControlFrame, EventOf, Protocol, SignalOf, StateOf } from "../../schema/protocol.ts";

/** An event as it arrives: with its place in the party's log. */
export type PartyEvent<P extends Protocol> = EventOf<P> & { seq: number };

/** The server's frames, sorted by what the client does with them. */
export type Received<P extends Protocol> =
  | { kind: "control"; frame: ControlFrame<P> }
  | { kind: "greeting"; frame: { state: StateOf<P> } }
  | { kind: "event"; frame: PartyEvent<P> }
  | { kind: "signal"; frame: SignalOf<P> };

const CONTROL: ReadonlySet<string> = new Set<ControlFrame<Protocol>["type"]>([
  "welcome",
  "resync",
  "logged_out",
  "ack",
  "error",
]);

/**
 * Reads one message: a frame, or an array of frames in order. The server is trusted to keep its own protocol, so
 * only the outer form is checked; what is not a frame is left out, as an older client must survive a newer server.
 *
 * @param greeting the type of the frame that is the state, where the protocol has one
 */
export function readMessage<P extends Protocol>(text: string, greeting?: string): Received<P>[] {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return [];
  }
  return (Array.isArray(message) ? message : [message]).filter(isFrame).map((frame) => sort<P>(frame, greeting));
}

interface Frame {
  type: string;
  seq?: unknown;
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function sort<P extends Protocol>(frame: Frame, greeting: string | undefined): Received<P> {
  if (frame.type === greeting) {
    const { type: _type, ...state } = frame;
    return { kind: "greeting", frame: { state: state as StateOf<P> } };
  }
  if (CONTROL.has(frame.type)) return { kind: "control", frame: frame as ControlFrame<P> };
  if (typeof frame.seq === "number") return { kind: "event", frame: frame as PartyEvent<P> };
  return { kind: "signal", frame: frame as SignalOf<P> };
}
