import { renderTrail, renderTrails } from "../../client/web/pages/index.ts";
import { parse } from "../../schema/errors.ts";
import { slugSchema } from "../../schema/ids.ts";
import { createRouter, requireSite } from "../context.ts";
import { shellOf, viewerOf } from "../pages/shell.ts";
import { sitePartyOf } from "../tenants/party.ts";

/** Where a site is going, for its readers. There are no such pages while the site hides them. */
export const trailPages = createRouter();

trailPages.get("/trails", async (c) => {
  const party = sitePartyOf(c, (await requireSite(c, { view: true })).tenant);
  const { trails } = await party.publicTrails({});
  return c.html(renderTrails({ shell: await shellOf(c, await viewerOf(c)), trails }));
});

trailPages.get("/trails/:slug", async (c) => {
  const slug = parse(slugSchema, c.req.param("slug"), "not_found");
  const party = sitePartyOf(c, (await requireSite(c, { view: true })).tenant);
  const trail = await party.publicTrail({ slug });
  return c.html(renderTrail({ shell: await shellOf(c, await viewerOf(c)), trail }));
});
