import type { Protocol } from "../../schema/protocol.ts";
import type { PartyEnv } from "./naming.ts";
import { Party } from "./party.ts";
import type { PartySpec } from "./spec.ts";

/** The class to extend for one kind of party: `class PostParty extends partyOf(spec) { … }`. */
export function partyOf<P extends Protocol, Parts>(spec: PartySpec<P, Parts>) {
  abstract class Specified extends Party<P, Parts> {
    constructor(ctx: DurableObjectState, env: PartyEnv & Cloudflare.Env) {
      super(ctx, env, spec);
    }
  }
  return Specified;
}
