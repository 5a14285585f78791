import {
  mayUse,
  renderApexHome,
  renderApp,
  renderError,
  renderSignIn,
  sitePageAt,
  type WaysIn,
} from "../../client/web/pages/index.ts";
import { describeError, log } from "../../parties/kernel/index.ts";
import { sessionStub } from "../../parties/session/index.ts";
import { LEGACY_PROVIDER } from "../../parties/users/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { mintCredential } from "../auth/credentials.ts";
import { type Handoff, handoffSchema, handsOver, siteUrl, ticketTarget } from "../auth/handoff.ts";
import { providersOf } from "../auth/oauth/settings.ts";
import { requireDocument } from "../auth/require-document.ts";
import { safeReturnTo } from "../auth/return-to.ts";
import { type AppContext, createRouter, findViewer, principalOf, requireSite, type SignedIn } from "../context.ts";
import { isLocal, siteOrigin } from "../host.ts";
import { shellOf, viewerOf } from "../pages/shell.ts";
import { recentPosts } from "../posts/recent.ts";
import { sectionsOf } from "../pages/sections.ts";
import { requireOperator } from "../require-operator.ts";
import { glance } from "../tenants/admission.ts";
import { sitesOf } from "../tenants/store.ts";
import { usersOf } from "../users/party.ts";
import { toDetails } from "../users/shapes.ts";

/** The apex's pages, and the shells of the signed-in app on every host. */
export const accountPages = createRouter();

accountPages.get("/", async (c, next) => {
  if (c.get("host").kind !== "apex") return await next();
  const viewer = await viewerOf(c);
  const url = new URL(c.req.url);
  const { ROOT_DOMAIN } = c.get("config");
  const sites = viewer === null ? [] : await sitesOf(c.env.DB, viewer.person.id);
  const recent = await recentPosts(c.env.DB);
  return c.html(
    renderApexHome({
      shell: await shellOf(c, viewer),
      sites: sites.map(({ displayName, subdomain }) => {
        const origin = siteOrigin(url, ROOT_DOMAIN, subdomain);
        return { displayName, host: new URL(origin).host, url: origin };
      }),
      recent: recent.map(({ tenant, slug, ...post }) => ({
        ...post,
        url: `${siteOrigin(url, ROOT_DOMAIN, tenant)}/${slug}`,
      })),
    }),
  );
});

accountPages.get("/sign-in", async (c) => {
  requireApex(c);
  const url = new URL(c.req.url);
  const config = c.get("config");
  const handoff = handsOver(c) ? handoffSchema.safeParse(c.req.query()).data : undefined;
  if (handoff !== undefined) requireDocument(c);
  const user = await findViewer(c);
  const wish = safeReturnTo(c.req.query("returnTo"), url, config.ROOT_DOMAIN);
  if (user !== undefined) return c.redirect(handoff === undefined ? wish : await finishOnSite(c, user, handoff), 302);
  return c.html(
    renderSignIn({
      shell: await shellOf(c, null),
      devLogin: config.DEV_LOGIN && isLocal(url),
      providers: providersOf(config).map(({ key, label }) => ({ key, label })),
      problem: c.req.query("problem") === "denied" ? "denied" : null,
      // Signed in, the visitor comes back here, and is sent on to the site.
      returnTo: handoff === undefined ? wish : url.pathname + url.search,
    }),
  );
});

for (const path of ["/sites/new", "/account/preferences", "/account/devices", "/account/data"])
  accountPages.get(path, async (c) => await app(c, requireApex));
accountPages.get("/account", async (c) => await app(c, requireApex, waysInOf));

// The service is run from the apex, a site from its own host.
for (const path of ["/admin/users", "/admin/users/:id"]) {
  accountPages.get(path, async (c, next) => {
    if (c.get("host").kind !== "apex") return await next();
    return await app(c, requireOperatorIfSignedIn);
  });
}
for (const path of ["/admin", "/admin/*"]) accountPages.get(path, async (c) => await siteApp(c));

/** The shell of the signed-in app, for those who are signed in; others sign in first and come back. */
async function app(
  c: AppContext,
  requirePlace: (c: AppContext) => unknown,
  waysIn?: (c: AppContext, userId: string) => Promise<WaysIn | null>,
): Promise<Response> {
  await requirePlace(c);
  const viewer = await viewerOf(c);
  const shell = await shellOf(c, viewer);
  if (viewer === null) return c.redirect(shell.signInUrl, 302);
  return c.html(
    renderApp({
      shell,
      path: c.req.path,
      waysIn: (await waysIn?.(c, viewer.person.id)) ?? null,
    }),
  );
}

/** The shell of a site's app, for those who have a part in running it, each as far as theirs goes. */
async function siteApp(c: AppContext): Promise<Response> {
  const site = await requireSite(c);
  const viewer = await viewerOf(c);
  const shell = await shellOf(c, viewer);
  if (viewer === null) return c.redirect(shell.signInUrl, 302);
  const path = c.req.path.replace(/(?<=.)\/$/, "");
  if (sitePageAt(path) === undefined) throw new PartyError("not_found");
  if (!mayUse(shell.role, "/admin/posts")) return c.html(renderError({ shell, status: 403, kind: "no_part" }), 403);
  if (!mayUse(shell.role, path)) {
    if (path === "/admin") return c.redirect("/admin/posts", 302);
    return c.html(renderError({ shell, status: 403, kind: "forbidden" }), 403);
  }
  const sections = await sectionsOf(c, site.tenant.subdomain, await principalOf(c));
  return c.html(
    renderApp({
      shell,
      path,
      editorPreferences: site.editorPreferences,
      sections: sections.filter(({ href }) => mayUse(shell.role, href)),
    }),
  );
}

/** How somebody may sign in, or null while the party that knows is away: the rest of the page needs none of it. */
async function waysInOf(c: AppContext, userId: string): Promise<WaysIn | null> {
  try {
    const { user, identities } = toDetails(await usersOf(c).describe({ userId }));
    // The row in PostgreSQL is no way in.
    const waysIn = identities.filter(({ provider }) => provider !== LEGACY_PROVIDER);
    return { identities: waysIn, emailVerified: user.emailVerified };
  } catch (error) {
    log("warn", "account.ways_in_missing", { traceId: c.get("traceId"), ...describeError(error) });
    return null;
  }
}

/** Whoever is nobody yet may turn out to run the service. @throws PartyError `forbidden` */
async function requireOperatorIfSignedIn(c: AppContext): Promise<void> {
  if ((await findViewer(c)) !== undefined) await requireOperator(c);
}

/** Sends someone whom the apex knows back to the site where they began, with proof that it is them. */
async function finishOnSite(c: AppContext, { principal }: SignedIn, handoff: Handoff): Promise<string> {
  const { ROOT_DOMAIN, SESSION_SECRET } = c.get("config");
  if ((await glance(c, handoff.site)) === undefined)
    throw new PartyError("not_found", { message: "There is no such site" });
  const { sessionId, user } = principal;
  const party = sessionStub(c.env, { userId: user.id }, c.get("traceId"));
  const { secret } = await party.issueTicket({ sessionId, ...ticketTarget(handoff) });
  const ticket = mintCredential(SESSION_SECRET, "t1", { userId: user.id, sessionId, secret });
  return siteUrl(new URL(c.req.url), ROOT_DOMAIN, handoff, ticket);
}

/** @throws PartyError `not_found` */
function requireApex(c: AppContext): void {
  if (c.get("host").kind !== "apex") throw new PartyError("not_found");
}
