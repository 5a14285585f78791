import { createRoute, z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { runtime } from "../../parties/kernel/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { requireOpenAddress } from "../auth/attempts.ts";
import { noteFailure, SignInFailure } from "../auth/oauth/failure.ts";
import { type Flow, newFlow, openFlow, sealFlow, stateIn } from "../auth/oauth/flow.ts";
import { forgetFlow, keepFlow, keptFlows } from "../auth/oauth/flow-cookies.ts";
import { isDenied } from "../auth/oauth/library-errors.ts";
import { providerFetch } from "../auth/oauth/provider-fetch.ts";
import { requireProvider } from "../auth/oauth/providers.ts";
import { type ProviderKey, providerKeySchema } from "../auth/oauth/settings.ts";
import { spendState } from "../auth/oauth/used-states.ts";
import { requireDocument } from "../auth/require-document.ts";
import { safeReturnTo } from "../auth/return-to.ts";
import { signIn } from "../auth/sign-in.ts";
import { type AppContext, type AppEnv, createRouter } from "../context.ts";
import { answers } from "../openapi.ts";
import { accountOf } from "../users/account-of.ts";

/** Accounts live on the apex, and only pages may begin and finish here: this comes before anything is looked at. */
const guard = createMiddleware<AppEnv>(async (c, next) => {
  requireDocument(c);
  if (c.get("host").kind !== "apex") throw new PartyError("not_found");
  await next();
});

const params = z.object({ provider: providerKeySchema });

const start = createRoute({
  method: "get",
  path: "/auth/{provider}/start",
  tags: ["sign-in"],
  summary: "Go to a provider to sign in; on the apex",
  middleware: guard,
  request: { params, query: z.object({ returnTo: z.string().optional() }) },
  responses: answers(
    { 302: { description: "To the provider; from elsewhere's page, to ours for signing in" } },
    "forbidden",
    "not_found",
    "unavailable",
  ),
});

/** The query is whatever the provider, or anybody, has put there: it is read by hand. */
const callback = createRoute({
  method: "get",
  path: "/auth/{provider}/callback",
  tags: ["sign-in"],
  summary: "Come back from a provider",
  middleware: guard,
  request: { params },
  responses: answers(
    { 302: { description: "Signed in, back to where it began; or to the sign-in page, when the visitor said no" } },
    "unauthenticated",
    "forbidden",
    "not_found",
    "rate_limited",
    "unavailable",
  ),
});

export const oauthRoutes = createRouter()
  .openapi(start, async (c) => {
    const { provider: key } = c.req.valid("param");
    const config = c.get("config");
    const provider = requireProvider(config, key);
    const returnTo = safeReturnTo(c.req.valid("query").returnTo, new URL(c.req.url), config.ROOT_DOMAIN);
    // Any page can link here, and a provider that knows the visitor signs them in without asking: here they are asked.
    if (c.req.header("sec-fetch-site") === "cross-site")
      return c.redirect(`/sign-in?${new URLSearchParams({ returnTo })}`, 302);
    const flow = newFlow(key, returnTo, runtime().now());
    try {
      const to = await provider.authorizationUrl(redirectUriOf(c, key), flow, providerFetch());
      keepFlow(c, flow.state, sealFlow(config.ENCRYPTION_KEYS, flow));
      return c.redirect(to.href, 302);
    } catch (error) {
      throw await noteFailure(c, key, flow.returnTo, error);
    }
  })
  .openapi(callback, async (c) => {
    const { provider: key } = c.req.valid("param");
    requireProvider(c.get("config"), key);
    await requireOpenAddress(c);
    let flow: Flow | undefined;
    try {
      const answer = new URL(c.req.url).searchParams;
      flow = await takeFlow(c, key, answer);
      return c.redirect(await finish(c, flow, answer), 302);
    } catch (error) {
      throw await noteFailure(c, key, flow?.returnTo, error);
    }
  });

/** The flow that an answer belongs to: it began in this browser, not long ago, and comes back for the first time. */
async function takeFlow(c: AppContext, provider: ProviderKey, answer: URLSearchParams): Promise<Flow> {
  const state = stateIn(answer);
  if (state === undefined) throw new SignInFailure("visitor", "no_state");
  const sealed = keptFlows(c, state);
  forgetFlow(c, state);
  const now = runtime().now();
  const flow = openFlow(c.get("config").ENCRYPTION_KEYS, sealed, { provider, state, now });
  if (!(await spendState(c.env.DB, state, flow.expiresAt, now))) throw new SignInFailure("visitor", "replayed_state");
  return flow;
}

/** Signs the visitor in with what the provider tells. Answers where they go now. */
async function finish(c: AppContext, flow: Flow, answer: URLSearchParams): Promise<string> {
  const config = c.get("config");
  try {
    const redirectUri = redirectUriOf(c, flow.provider);
    const provider = requireProvider(config, flow.provider);
    const { identity, refreshToken } = await provider.arrive(answer, redirectUri, flow, providerFetch());
    await signIn(c, await accountOf(c, identity), { provider: flow.provider, refreshToken });
    return flow.returnTo;
  } catch (error) {
    if (!isDenied(error)) throw error;
    return `/sign-in?${new URLSearchParams({ problem: "denied", returnTo: flow.returnTo })}`;
  }
}

/** Exactly this is registered with the provider, and compared there. */
function redirectUriOf(c: AppContext, provider: ProviderKey): string {
  return `${new URL(c.req.url).origin}/auth/${provider}/callback`;
}
