import { createRoute, z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { describeError, log } from "../../parties/kernel/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { type AppContext, type AppEnv, createRouter } from "../context.ts";
import { answers, json } from "../openapi.ts";
import { usersOf } from "../users/party.ts";
import { settleAll } from "../users/settle.ts";
import { type VerifiedMessage, verifySvix } from "../webhooks/svix.ts";

/** Many times what Clerk sends: its metadata alone may be some kilobytes. */
const MAX_MESSAGE_BYTES = 256 * 1024;

const limit = bodyLimit({
  maxSize: MAX_MESSAGE_BYTES,
  onError: () => {
    throw new PartyError("too_large", { message: `A message is at most ${MAX_MESSAGE_BYTES} bytes` });
  },
});
/** Before any of it is read: what nobody could vouch for is not looked at. */
const requireSecret = createMiddleware<AppEnv>(async (c, next) => {
  // Not a refusal: the sender tries again for days, in which the setting may be made good.
  if (c.get("config").CLERK_WEBHOOK_SECRET === undefined)
    throw new PartyError("unavailable", { message: "CLERK_WEBHOOK_SECRET is not set", retryAfterMs: 60_000 });
  await next();
});

const outcomeSchema = z.object({ outcome: z.enum(["applied", "older", "buried", "repeated", "kept"]) });

const clerk = createRoute({
  method: "post",
  path: "/webhooks/clerk",
  tags: ["webhooks"],
  summary: "Takes what Clerk tells of its users, signed by Svix",
  middleware: [requireSecret, limit] as const,
  responses: answers(
    { 200: json("Taken: done, known already, or kept for somebody to look at", outcomeSchema) },
    "unauthenticated",
    "too_large",
    "unavailable",
  ),
});

export const webhookRoutes = createRouter().openapi(clerk, async (c) => {
  const message = requireSignature(c, new Uint8Array(await c.req.arrayBuffer()));
  const traceId = c.get("traceId");
  const { outcome, copies } = await usersOf(c).receiveClerkMessage(message);
  log("info", "webhook.taken", { traceId, messageId: message.messageId, outcome });
  await settleAll(c, copies);
  return c.json({ outcome }, 200);
});

/** @throws PartyError `unauthenticated`; what was wrong is in the log alone */
function requireSignature(c: AppContext, bytes: Uint8Array): VerifiedMessage {
  try {
    return verifySvix(c.get("config").CLERK_WEBHOOK_SECRET ?? "", c.req.raw.headers, bytes);
  } catch (error) {
    const reason = describeError(error instanceof PartyError ? error.cause : error).error;
    log("warn", "webhook.refused", { traceId: c.get("traceId"), reason });
    throw error;
  }
}
