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

/** Deeper nesting is no message of anybody's: whatever reads it goes as deep, and in the end falls. */
const MAX_DEPTH = 64;

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
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PartyError("bad_request", { message: "Frames are JSON" });
  }
  if (isTooDeep(json)) throw new PartyError("bad_request", { message: `Frames nest at most ${MAX_DEPTH} deep` });
  return json;
}

/** Goes level by level: what checks the depth must not fall over it. */
function isTooDeep(json: unknown): boolean {
  let level = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}

/** What a JSON array or object holds; anything else holds nothing. */
function partsOf(json: unknown): unknown[] {
  return typeof json === "object" && json !== null ? Object.values(json as Record<string, unknown>) : [];
}

/** How much of a refused frame is looked through for its id, from either end. */
const SALVAGED_CHARACTERS = 1_024;

/** The id of a frame that was refused before it was parsed, so that its sender knows which one. */
export function salvageId(message: unknown): string | undefined {
  if (typeof message !== "string") return undefined;
  // Our clients write the id last.
  const ends = [message.slice(-SALVAGED_CHARACTERS), message.slice(0, SALVAGED_CHARACTERS)];
  return ends
    .map((end) => [...end.matchAll(/"id"\s*:\s*"([^"\\]{1,64})"/g)].at(-1)?.[1])
    .find((id) => id !== undefined);
}
