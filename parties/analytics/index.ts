import { analyticsAddress } from "../../schema/addresses.ts";
import { type PartyOwnMethods, type Stub, stubOf } from "../kernel/index.ts";
import type { AnalyticsParty } from "./analytics-party.ts";

export { AnalyticsParty } from "./analytics-party.ts";

export type AnalyticsMethods = AnalyticsParty["methods"];
export type AnalyticsStub = Stub<AnalyticsMethods & PartyOwnMethods>;

/** The stub of one day of one site. `traceId` ties its log lines to the caller's. */
export function analyticsStub(env: object, parts: { tenant: string; day: string }, traceId?: string): AnalyticsStub {
  return stubOf(env, analyticsAddress, parts, traceId);
}
