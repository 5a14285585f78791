import { createRoute, z } from "@hono/zod-openapi";
import { memberChangesSchema, memberListSchema, memberSchema } from "../../schema/http/admin/members.ts";
import { userIdSchema } from "../../schema/ids.ts";
import { createRouter } from "../context.ts";
import { toMember, withNames } from "../members/people.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { rememberConfig } from "../tenants/admission.ts";
import { requireSiteParty } from "../tenants/party.ts";

const tags = ["members"];
const params = z.object({ userId: userIdSchema });

const list = createRoute({
  method: "get",
  path: "/api/admin/members",
  tags,
  summary: "Who belongs to the site, in the order in which they came",
  security: SIGNED_IN,
  responses: answers({ 200: json("All members", memberListSchema) }, "unauthenticated", "forbidden", "not_found"),
});
const change = createRoute({
  method: "patch",
  path: "/api/admin/members/{userId}",
  tags,
  summary: "Make a member something else",
  description: "The last owner stays one: that is a conflict.",
  security: SIGNED_IN,
  request: { params, body: body(memberChangesSchema) },
  responses: answers(
    { 200: json("The member", memberSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "unprocessable",
  ),
});
const remove = createRoute({
  method: "delete",
  path: "/api/admin/members/{userId}",
  tags,
  summary: "Remove a member, or leave",
  description: "Owners remove anybody, everybody themselves; the last owner stays: that is a conflict.",
  security: SIGNED_IN,
  request: { params },
  responses: answers(
    { 204: { description: "They are no member any more" } },
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
  ),
});

export const memberRoutes = createRouter()
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json({ members: await withNames(c.env.DB, await party.listMembers({ principal })) }, 200);
  })
  .openapi(change, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { userId } = c.req.valid("param");
    const { member, config } = await party.changeMember({ principal, userId, changes: c.req.valid("json") });
    rememberConfig(config);
    const [named = toMember(member, undefined)] = await withNames(c.env.DB, [member]);
    return c.json(named, 200);
  })
  .openapi(remove, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    const { config } = await party.removeMember({ principal, userId: c.req.valid("param").userId });
    rememberConfig(config);
    return c.body(null, 204);
  });
