import { createRoute, z } from "@hono/zod-openapi";
import { sessionStub } from "../../parties/session/index.ts";
import { PartyError } from "../../schema/errors.ts";
import {
  meSchema,
  newTicketSchema,
  revokeAllSchema,
  revokedSchema,
  sessionListSchema,
  ticketSchema,
} from "../../schema/http/identity.ts";
import { sessionIdSchema } from "../../schema/ids.ts";
import { sessionStateSchema } from "../../schema/parties/session.ts";
import { reliesOnCookie } from "../auth/authenticate.ts";
import { mintCredential } from "../auth/credentials.ts";
import { type AppContext, createRouter, requireUser, type SignedIn, takeCookieBack } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { destinationNamed } from "../parties.ts";
import { toMe } from "../users/shapes.ts";

/** How long a ticket is good, in seconds. The session party keeps to it. */
const TICKET_S = 30;

/** Settings hold any JSON, which OpenAPI's generator follows without end. */
const stateSchema = sessionStateSchema.extend({ settings: z.record(z.string(), z.unknown()) });

const me = createRoute({
  method: "get",
  path: "/api/me",
  tags: ["account"],
  summary: "Who is signed in, and with which session",
  security: SIGNED_IN,
  responses: answers({ 200: json("You", meSchema) }, "unauthenticated"),
});
const state = createRoute({
  method: "get",
  path: "/api/me/state",
  tags: ["account"],
  summary: "What your devices share: games, presence, settings",
  security: SIGNED_IN,
  responses: answers({ 200: json("As the first frame of your session's socket", stateSchema) }, "unauthenticated"),
});
const list = createRoute({
  method: "get",
  path: "/api/sessions",
  tags: ["account"],
  summary: "Your signed-in devices",
  security: SIGNED_IN,
  responses: answers({ 200: json("Devices, the most recently used first", sessionListSchema) }, "unauthenticated"),
});
const revoke = createRoute({
  method: "delete",
  path: "/api/sessions/{id}",
  tags: ["account"],
  summary: "Sign one device out",
  security: SIGNED_IN,
  request: { params: z.object({ id: sessionIdSchema }) },
  responses: answers({ 204: { description: "Signed out" } }, "unauthenticated", "not_found"),
});
const revokeAll = createRoute({
  method: "post",
  path: "/api/sessions/revoke-all",
  tags: ["account"],
  summary: "Sign out everywhere, or everywhere else",
  security: SIGNED_IN,
  request: { body: body(revokeAllSchema) },
  responses: answers({ 200: json("How many sessions ended", revokedSchema) }, "unauthenticated"),
});
const ticket = createRoute({
  method: "post",
  path: "/api/tickets",
  tags: ["account"],
  summary: "A ticket that opens one socket, once, within 30 s",
  security: SIGNED_IN,
  request: { body: body(newTicketSchema) },
  responses: answers({ 200: json("The ticket", ticketSchema) }, "unauthenticated", "not_found"),
});

export const sessionRoutes = createRouter()
  .openapi(me, async (c) => {
    const user = await requireUser(c);
    const session = await sessionOf(c, user).describeSession({ sessionId: user.principal.sessionId });
    return c.json({ ...toMe(user.account), session: { ...session, current: true } }, 200);
  })
  .openapi(state, async (c) => {
    const user = await requireUser(c);
    return c.json(await sessionOf(c, user).readState({ sessionId: user.principal.sessionId }), 200);
  })
  .openapi(list, async (c) => {
    const user = await requireUser(c);
    const { sessions } = await sessionOf(c, user).listSessions({});
    return c.json(
      { sessions: sessions.map((session) => ({ ...session, current: session.id === user.principal.sessionId })) },
      200,
    );
  })
  .openapi(revoke, async (c) => {
    const user = await requireUser(c);
    const { revoked } = await sessionOf(c, user).revokeSession({ sessionId: c.req.valid("param").id });
    if (!revoked) throw new PartyError("not_found", { message: "You have no such session" });
    return c.body(null, 204);
  })
  .openapi(revokeAll, async (c) => {
    const user = await requireUser(c);
    const { keepCurrent } = c.req.valid("json");
    const ended = await sessionOf(c, user).revokeAllSessions(keepCurrent ? { except: user.principal.sessionId } : {});
    if (!keepCurrent && reliesOnCookie(c.req.raw)) takeCookieBack(c);
    return c.json(ended, 200);
  })
  .openapi(ticket, async (c) => {
    const user = await requireUser(c);
    const { party, name } = c.req.valid("json");
    const { sessionId, user: person } = user.principal;
    const { secret } = await sessionOf(c, user).issueTicket({ sessionId, ...destinationNamed(party, name) });
    const credential = { userId: person.id, sessionId, secret };
    return c.json(
      { ticket: mintCredential(c.get("config").SESSION_SECRET, "t1", credential), expiresIn: TICKET_S },
      200,
    );
  });

function sessionOf(c: AppContext, { principal }: SignedIn) {
  return sessionStub(c.env, { userId: principal.user.id }, c.get("traceId"));
}
