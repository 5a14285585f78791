import type { Shell, Viewer } from "../../client/web/pages/index.ts";
import { isSharedDomain } from "../auth/cookies.ts";
import { type AppContext, findViewer, type SignedIn } from "../context.ts";
import { apexOrigin } from "../host.ts";
import { roleIn } from "../posts/access.ts";
import { glance } from "../tenants/admission.ts";
import { assetsOf } from "./assets.ts";

/** What every page gets. `viewer` is who is signed in; pages that must not fail pass null. */
export async function shellOf(c: AppContext, viewer: Viewer | null): Promise<Shell> {
  const url = new URL(c.req.url);
  const host = c.get("host");
  const site = host.kind === "site" ? await glance(c, host.subdomain) : undefined;
  const user = viewer === null ? undefined : await findViewer(c);
  return {
    origin: url.origin,
    apexOrigin: apexOrigin(url, c.get("config").ROOT_DOMAIN),
    url: url.origin + url.pathname,
    viewer,
    needsRefresh: user?.needsRefresh === true,
    tenant: site?.tenant ?? null,
    role: (site && user && roleIn(site, user.principal)) ?? null,
    assets: await assetsOf(c.env),
    signInUrl: signInUrl(c, url),
  };
}

/** Who is signed in, as pages show it. */
export async function viewerOf(c: AppContext): Promise<Viewer | null> {
  const user = await findViewer(c);
  return user === undefined ? null : toViewer(user);
}

function toViewer({ principal, account }: SignedIn): Viewer {
  return { person: principal.user, account };
}

function signInUrl(c: AppContext, url: URL): string {
  const back = encodeURIComponent(url.pathname + url.search);
  if (c.get("host").kind === "apex") return `/sign-in?returnTo=${back}`;
  if (!isSharedDomain(url, c.get("config").ROOT_DOMAIN)) return `/auth/begin?returnTo=${back}`;
  return `${apexOrigin(url, c.get("config").ROOT_DOMAIN)}/sign-in?returnTo=${encodeURIComponent(url.href)}`;
}
