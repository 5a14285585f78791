import { PartyError } from "../schema/errors.ts";
import { type AppContext, createRouter } from "./context.ts";
import { answerError } from "./errors.ts";
import { authenticateEarly } from "./middleware/authenticate-early.ts";
import { limitBody } from "./middleware/body-limit.ts";
import { drainBody } from "./middleware/drain-body.ts";
import { readHost } from "./middleware/host.ts";
import { checkRequestOrigin } from "./middleware/origin.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { trace } from "./middleware/trace.ts";
import { accountRoutes } from "./routes/account.ts";
import { adminAnalyticsRoutes } from "./routes/admin-analytics.ts";
import { adminConfigRoutes } from "./routes/admin-config.ts";
import { adminSectionRoutes } from "./routes/admin-sections.ts";
import { adminStatsRoutes } from "./routes/admin-stats.ts";
import { adminUserRoutes } from "./routes/admin-users.ts";
import { auditRoutes } from "./routes/audit.ts";
import { authRoutes } from "./routes/auth.ts";
import { commentRoutes } from "./routes/comments.ts";
import { documentRoutes } from "./routes/document.ts";
import { draftRoutes } from "./routes/drafts.ts";
import { feedRoutes } from "./routes/feeds.ts";
import { healthRoutes } from "./routes/health.ts";
import { imageFileRoutes } from "./routes/image-files.ts";
import { imageRoutes } from "./routes/images.ts";
import { invitationRoutes } from "./routes/invitations.ts";
import { memberRoutes } from "./routes/members.ts";
import { oauthRoutes } from "./routes/oauth.ts";
import { letterRoutes } from "./routes/ops-letters.ts";
import { migrationRoutes } from "./routes/ops-migrations.ts";
import { opsRoutes } from "./routes/ops.ts";
import { pageRoutes } from "./routes/pages.ts";
import { partyRoutes } from "./routes/parties.ts";
import { postRoutes } from "./routes/posts.ts";
import { previewRoutes } from "./routes/preview.ts";
import { reactionRoutes } from "./routes/reactions.ts";
import { reportRoutes } from "./routes/reports.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { staticPageRoutes } from "./routes/static-pages.ts";
import { tenantRoutes } from "./routes/tenants.ts";
import { trailRoutes } from "./routes/trails.ts";
import { userRoutes } from "./routes/users.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/** The edge: everything that reaches a party or D1 from outside goes through here. */
export const app = createRouter();

app.onError(async (error, c) => await answerError(error, c as AppContext));
app.notFound(async (c) => await answerError(new PartyError("not_found"), c as AppContext));

// The limit may read a whole body, so whoever must not wait for one comes before it.
app.use(drainBody, trace, securityHeaders, readHost, checkRequestOrigin, authenticateEarly, limitBody);

/** Routes that the OpenAPI document describes. */
const described = [
  healthRoutes,
  authRoutes,
  oauthRoutes,
  sessionRoutes,
  accountRoutes,
  auditRoutes,
  userRoutes,
  adminUserRoutes,
  tenantRoutes,
  memberRoutes,
  invitationRoutes,
  adminAnalyticsRoutes,
  adminConfigRoutes,
  adminSectionRoutes,
  adminStatsRoutes,
  imageRoutes,
  staticPageRoutes,
  draftRoutes,
  trailRoutes,
  postRoutes,
  commentRoutes,
  reactionRoutes,
  reportRoutes,
  previewRoutes,
  webhookRoutes,
  opsRoutes,
  letterRoutes,
  migrationRoutes,
];
for (const routes of described) app.route("/", routes);

// Pages come last: a post's address is one word, as "healthz" is.
for (const routes of [documentRoutes(app), partyRoutes, feedRoutes, imageFileRoutes, pageRoutes])
  app.route("/", routes);
