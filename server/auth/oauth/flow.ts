import { generateRandomCodeVerifier, generateRandomNonce, generateRandomState } from "oauth4webapi";
import { z } from "zod";
import { SealError } from "../../../parties/kernel/index.ts";
import type { Config } from "../../config.ts";
import { SignInFailure } from "./failure.ts";
import { type ProviderKey, providerKeySchema } from "./settings.ts";

/** How long a visitor may take at the provider, in milliseconds. */
export const FLOW_LIFETIME_MS = 10 * 60_000;
/** A browser keeps cookies of up to 4,096 bytes; a longer wish to return is dropped. */
const MAX_RETURN_TO = 2_000;

const stateSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** A sign-in on its way: what must be the same when the visitor comes back. */
const flowSchema = z.strictObject({
  provider: providerKeySchema,
  state: stateSchema,
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});
export type Flow = z.infer<typeof flowSchema>;
type Keyring = Config["ENCRYPTION_KEYS"];

export function newFlow(provider: ProviderKey, returnTo: string, now: number): Flow {
  return {
    provider,
    state: generateRandomState(),
    nonce: generateRandomNonce(),
    verifier: generateRandomCodeVerifier(),
    returnTo: returnTo.length <= MAX_RETURN_TO ? returnTo : "/",
    expiresAt: now + FLOW_LIFETIME_MS,
  };
}

/** The flow as the browser keeps it: readable for us alone, and only as the flow of its own state. */
export function sealFlow(keyring: Keyring, flow: Flow): string {
  return keyring.seal(JSON.stringify(flow), "sign-in", flow.state);
}

/**
 * The flow that an answer belongs to.
 * @param sealed what the browser has kept for this state: exactly one, or it is not the browser that asked
 * @throws SignInFailure
 */
export function openFlow(
  keyring: Keyring,
  sealed: readonly string[],
  { provider, state, now }: { provider: ProviderKey; state: string; now: number },
): Flow {
  const [only] = sealed;
  if (only === undefined || sealed.length > 1) throw new SignInFailure("visitor", "foreign_state");
  // It is what we sealed; if it does not read, then another version of us has.
  const { data: flow } = flowSchema.safeParse(JSON.parse(unseal(keyring, only, state)));
  if (flow === undefined) throw new SignInFailure("answer", "outdated_state");
  if (flow.state !== state) throw new SignInFailure("visitor", "foreign_state");
  if (flow.expiresAt <= now) throw new SignInFailure("visitor", "expired_state");
  if (flow.provider !== provider) throw new SignInFailure("visitor", "foreign_provider");
  return flow;
}

/** The state in an answer, if there is one that could be ours. */
export function stateIn(answer: URLSearchParams): string | undefined {
  const states = answer.getAll("state");
  return states.length === 1 ? stateSchema.safeParse(states[0]).data : undefined;
}

function unseal(keyring: Keyring, sealed: string, state: string): string {
  try {
    return keyring.open(sealed, "sign-in", state).text;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    if (error.reason === "retired_key") throw new SignInFailure("answer", "outdated_state");
    throw new SignInFailure("visitor", "foreign_state");
  }
}
