import { createRoute } from "@hono/zod-openapi";
import { analyticsStub } from "../../parties/analytics/index.ts";
import { runtime } from "../../parties/kernel/index.ts";
import { analyticsQuerySchema, analyticsSchema, MAX_ANALYTICS_DAYS } from "../../schema/http/admin/analytics.ts";
import { localTime } from "../../schema/zones.ts";
import { createRouter, requireSite, requireUser } from "../context.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";
import { requireIn } from "../posts/access.ts";
import { sitePartyOf } from "../tenants/party.ts";

const DAY_MS = 24 * 60 * 60_000;

const read = createRoute({
  method: "get",
  path: "/api/admin/analytics",
  tags: ["sites"],
  summary: "What was seen on the site, by day",
  security: SIGNED_IN,
  request: { query: analyticsQuerySchema },
  responses: answers(
    { 200: json("The days since the site was made, the earliest first", analyticsSchema) },
    "bad_request",
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});

export const adminAnalyticsRoutes = createRouter().openapi(read, async (c) => {
  const site = await requireSite(c);
  const { principal } = await requireUser(c);
  requireIn(site, principal, "owner");
  const { timeZone, subdomain } = site.tenant;
  const today = localTime(runtime().now(), timeZone).day;
  const { from, to } = c.req.valid("query");
  // What is still buffered belongs to the answer.
  await sitePartyOf(c, site.tenant).flushAnalytics({});
  const days = daysBetween(from ?? to ?? today, to ?? today, localTime(site.createdAt, timeZone).day, today);
  const totals = days.map((day) => analyticsStub(c.env, { tenant: subdomain, day }, c.get("traceId")).getStats({}));
  return c.json({ timeZone, days: await Promise.all(totals) }, 200);
});

/** A day that is not yet, or before there was a site, has no party. */
function daysBetween(from: string, to: string, first: string, today: string): string[] {
  const end = Date.parse(to < today ? to : today);
  const begin = Math.max(Date.parse(from > first ? from : first), end - (MAX_ANALYTICS_DAYS - 1) * DAY_MS);
  const count = Math.max(0, (end - begin) / DAY_MS + 1);
  return Array.from({ length: count }, (_, index) => new Date(begin + index * DAY_MS).toISOString().slice(0, 10));
}
