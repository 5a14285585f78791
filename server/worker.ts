import { app } from "./app.ts";
import type { Env } from "./env.ts";
import { asSent } from "./forwarded.ts";

export { AnalyticsParty } from "../parties/analytics/index.ts";
export { AttemptsParty } from "../parties/attempts/index.ts";
export { PostParty } from "../parties/post/index.ts";
export { SessionParty } from "../parties/session/index.ts";
export { TenantParty } from "../parties/tenant/index.ts";
export { UsersParty } from "../parties/users/index.ts";
export { SessionService } from "./session-service.ts";

export default {
  fetch: (request, env, context) => app.fetch(asSent(request), env, context),
} satisfies ExportedHandler<Env>;
