import type { TenantProtocol } from "../../schema/parties/tenant.ts";
import type { EventOf, SignalOf, StateOf } from "../../schema/protocol.ts";
import type { PartyModel } from "./party.ts";

type TenantState = StateOf<TenantProtocol>;

/** How the state of a site's dashboard follows what happens on the site. */
export const tenantModel: PartyModel<TenantProtocol> = {
  party: "tenant",
  apply: applyToTenant,
  // A dashboard asks for nothing.
  acknowledged: (state) => state,
};

/** The state after an event or a signal. Each tells the whole of what it is about. */
export function applyToTenant(
  state: TenantState,
  happened: EventOf<TenantProtocol> | SignalOf<TenantProtocol>,
): TenantState {
  switch (happened.type) {
    case "live":
      return { ...state, live: { visitors: happened.visitors, views: happened.views } };
    case "stats":
      return { ...state, stats: happened.stats };
    case "config_changed":
      return { ...state, version: Math.max(state.version, happened.version) };
    default: // From a newer server.
      return state;
  }
}
