import type { z } from "zod";
import type { Address } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import { describeError, log } from "./log.ts";
import { AWAY_RETRY_MS, namespaceOf } from "./naming.ts";
import { runtime } from "./runtime.ts";
import type { Methods } from "./spec.ts";
import { fromWire } from "./wire-errors.ts";

type Caller<M> = M extends { input: infer Input extends z.ZodType; run: (input: never) => infer Output }
  ? (input: z.input<Input>) => Promise<Awaited<Output>>
  : never;

/** A party as others see it: each of its methods takes one object and answers a promise. */
export type Stub<M extends Methods> = { readonly [K in keyof M]: Caller<M[K]> };

/**
 * Makes the typed stub of one party. It costs one RPC a call: the name travels in the object's id, and the party
 * initialises itself.
 *
 * Calls fail with PartyError: the party's own code, or `unavailable` when the platform could not deliver the call
 * (it may or may not have been applied; repeat it with the same operation id).
 */
export function stubOf<Parts, M extends Methods>(
  env: object,
  address: Address<Parts>,
  parts: Parts,
  traceId = runtime().token(),
): Stub<M> {
  const namespace = namespaceOf(env, address.party);
  const name = address.build(parts);
  const id = namespace.idFromName(name);
  const call = async (method: string, input: unknown): Promise<unknown> => {
    let reply;
    try {
      // A new stub a call: one that has seen an error stays broken.
      reply = await namespace.get(id).call({ method, input: JSON.stringify(input ?? {}), traceId });
    } catch (error) {
      log("error", "call.lost", { traceId, party: `${address.party}:${name}`, method, ...describeError(error) });
      throw new PartyError("unavailable", { retryAfterMs: AWAY_RETRY_MS, traceId, cause: error });
    }
    if (!reply.ok) throw fromWire(reply.error);
    return reply.value === undefined ? undefined : JSON.parse(reply.value);
  };
  return new Proxy({} as Stub<M>, {
    // A stub that is awaited by mistake must not look like a promise.
    get: (_, method) =>
      typeof method === "symbol" || method === "then" ? undefined : (input: unknown) => call(method, input),
  });
}
