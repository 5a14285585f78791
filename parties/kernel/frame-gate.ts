import { z } from "zod";
import { PartyError, parse } from "../../schema/errors.ts";
import { operationIdSchema } from "../../schema/ids.ts";
import { clientFrameSchema, type Protocol } from "../../schema/protocol.ts";

/** A frame that may be handled: its type is one of the protocol's, its payload is what the protocol says. */
export interface ParsedFrame {
  type: string;
  id: string;
  payload: Record<string, unknown>;
}

const encoder = new TextEncoder();

/** Turns what came over a socket into a frame of one protocol, or into a coded error. */
export class FrameGate {
  readonly #schema: z.ZodType;
  readonly #maxBytes: number;

  constructor(protocol: Protocol, maxBytes: number) {
    this.#schema = clientFrameSchema(protocol);
    this.#maxBytes = maxBytes;
  }

  /** @throws PartyError `bad_request` or `too_large`. */
  read(message: unknown): { id: string | undefined; parse: () => ParsedFrame } {
    if (typeof message !== "string") throw new PartyError("bad_request", { message: "Frames are text" });
    // A UTF-16 unit is at most 3 bytes of UTF-8: most frames need no second look.
    if (message.length * 3 > this.#maxBytes && encoder.encode(message).byteLength > this.#maxBytes) {
      throw new PartyError("too_large", { message: `A frame is at most ${this.#maxBytes} bytes` });
    }
    const json = parseJson(message);
    const id = z.object({ id: operationIdSchema }).safeParse(json).data?.id;
    return {
      id,
      parse: () => {
        const {
          type,
          id: frameId,
          ...payload
        } = parse(this.#schema, json, "bad_request") as { type: string; id: string };
        return { type, id: frameId, payload };
      },
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PartyError("bad_request", { message: "Frames are JSON" });
  }
}
