import { createRoute, z } from "@hono/zod-openapi";
import { type PartyOwnMethods, type Stub, stubOf } from "../../parties/kernel/index.ts";
import { ADDRESSES } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import { type AppContext, createRouter } from "../context.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";
import { requireOperator } from "../require-operator.ts";

const inspect = createRoute({
  method: "get",
  path: "/ops/parties/{party}/{name}",
  tags: ["operations"],
  summary: "One party: sockets, jobs, outbox, log",
  security: SIGNED_IN,
  request: { params: z.object({ party: z.string(), name: z.string() }) },
  responses: answers(
    { 200: json("The party", z.record(z.string(), z.unknown())) },
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});
const retryJob = createRoute({
  method: "post",
  path: "/ops/parties/{party}/{name}/jobs/{id}/retry",
  tags: ["operations"],
  summary: "Run a parked job now",
  security: SIGNED_IN,
  request: { params: z.object({ party: z.string(), name: z.string(), id: z.string() }) },
  responses: answers({ 204: { description: "It is due now" } }, "unauthenticated", "forbidden", "not_found"),
});

export const opsRoutes = createRouter()
  .openapi(inspect, async (c) => {
    await requireOperator(c);
    const { party, name } = c.req.valid("param");
    return c.json({ ...(await anyStub(c, party, name).inspect({})) }, 200);
  })
  .openapi(retryJob, async (c) => {
    await requireOperator(c);
    const { party, name, id } = c.req.valid("param");
    await anyStub(c, party, name).retryJob({ id });
    return c.body(null, 204);
  });

/** @throws PartyError `not_found` for a party or a name that cannot be. */
function anyStub(c: AppContext, party: string, name: string): Stub<PartyOwnMethods> {
  for (const address of ADDRESSES) {
    const parts = address.party === party ? address.parse(name) : undefined;
    if (parts !== undefined) return stubOf(c.env, address, parts, c.get("traceId"));
  }
  throw new PartyError("not_found", { message: "There is no such party" });
}
