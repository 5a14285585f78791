import type { RateLimit } from "../../schema/errors.ts";

/** What a party sees of its surroundings. The edge's own `Env` has more. */
export interface PartyEnv {
  readonly DB: D1Database;
  /** Files of sites. */
  readonly Images: R2Bucket;
  /** Secrets and switches of the deployment; validated by the edge. */
  readonly [binding: string]: unknown;
}

/** A namespace whose objects are parties: they answer the kernel's own two calls. */
export type PartyNamespace = DurableObjectNamespace<PartyRpc & Rpc.DurableObjectBranded>;

/** What every party answers natively. Everything else goes through `call`. */
export interface PartyRpc {
  call(request: CallRequest): Promise<CallReply>;
  deliver(source: string, rows: DeliveredRow[]): Promise<DeliveryReply[]>;
}

export interface CallRequest {
  method: string;
  /** JSON, so that what arrives is what a schema can vouch for. */
  input: string;
  traceId: string;
}

export interface WireError {
  code: string;
  message: string;
  retryAfterMs?: number;
  limit?: RateLimit;
  issues?: { path: (string | number)[]; message: string }[];
  traceId?: string;
  details?: string;
}

export type CallReply = { ok: true; value: string | undefined } | { ok: false; error: WireError };

export interface DeliveredRow {
  id: number;
  method: string;
  input: string;
}

/**
 * `poison` rows were refused and always will be, `failed` ones hit a fault of the receiver, for `busy` ones it asks to
 * come back later. After anything but `applied` the rest was not tried.
 */
export interface DeliveryReply {
  id: number;
  outcome: "applied" | "poison" | "failed" | "busy";
  reason?: string;
}

/** How long a caller should wait when the platform lost or shed what was sent to a party. */
export const AWAY_RETRY_MS = 1_000;

/** The naming convention: party `live-draft` lives under the binding `LiveDraft` (PartyServer reads it the other way round). */
export function bindingOf(party: string): string {
  return party.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** @throws Error when wrangler.toml has no binding for the party. */
export function namespaceOf(env: object, party: string): PartyNamespace {
  const namespace = (env as Record<string, unknown>)[bindingOf(party)];
  if (typeof namespace !== "object" || namespace === null || !("idFromName" in namespace)) {
    throw new Error(`The party "${party}" needs a Durable Object binding named ${bindingOf(party)}`);
  }
  return namespace as PartyNamespace;
}
