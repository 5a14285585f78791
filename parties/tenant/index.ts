import { tenantAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { TenantParty } from "./tenant-party.ts";

export { configOfRow, loadConfig, loadSiteRow, toSiteRow } from "./config.ts";
export { TenantParty } from "./tenant-party.ts";

export { imageTooLarge } from "./tier-limits.ts";

export type TenantStub = Stub<TenantParty["methods"] & PartyOwnMethods>;

/** The stub of one site. `traceId` ties its log lines to the caller's. */
export function tenantStub(env: object, parts: { subdomain: string }, traceId?: string): TenantStub {
  return stubOf(env, tenantAddress, parts, traceId);
}
