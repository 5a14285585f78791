import { createRoute, z } from "@hono/zod-openapi";
import { PartyError } from "../../schema/errors.ts";
import {
  deletionSchema,
  profileChangesSchema,
  userDataEntrySchema,
  userDataListSchema,
  userSchema,
} from "../../schema/http/users.ts";
import { type UserDataKey, userDataKeySchema } from "../../schema/user-data.ts";
import { type AppContext, createRouter, requireUser } from "../context.ts";
import { answers, body, json, SIGNED_IN } from "../openapi.ts";
import { exportOf } from "../users/export.ts";
import { changeInPostgres } from "../users/legacy/profile.ts";
import { usersOf } from "../users/party.ts";
import { settle, tellDevices } from "../users/settle.ts";
import { iso, toUser } from "../users/shapes.ts";

const params = z.object({ key: userDataKeySchema });

const change = createRoute({
  method: "patch",
  path: "/api/me",
  tags: ["account"],
  summary: "Change your profile",
  security: SIGNED_IN,
  request: { body: body(profileChangesSchema) },
  responses: answers({ 200: json("Your record", userSchema) }, "unauthenticated", "unprocessable"),
});
const listData = createRoute({
  method: "get",
  path: "/api/me/data",
  tags: ["account"],
  summary: "Everything that is kept of you beside your record",
  security: SIGNED_IN,
  responses: answers({ 200: json("By key", userDataListSchema) }, "unauthenticated"),
});
const readData = createRoute({
  method: "get",
  path: "/api/me/data/{key}",
  tags: ["account"],
  summary: "One entry of it",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 200: json("The entry", userDataEntrySchema) }, "unauthenticated", "not_found"),
});
const writeData = createRoute({
  method: "put",
  path: "/api/me/data/{key}",
  tags: ["account"],
  summary: "Write one entry; the body is its value, or the entry as it was read",
  security: SIGNED_IN,
  request: { params, body: body(z.any()) },
  responses: answers(
    { 200: json("The entry", userDataEntrySchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
    "unprocessable",
  ),
});
const removeData = createRoute({
  method: "delete",
  path: "/api/me/data/{key}",
  tags: ["account"],
  summary: "Take one entry back to what it was at first",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});
const requestDeletion = createRoute({
  method: "post",
  path: "/api/me/deletion",
  tags: ["account"],
  summary: "Delete your account, in seven days",
  security: SIGNED_IN,
  responses: answers({ 200: json("When it will be gone", deletionSchema) }, "unauthenticated"),
});
const cancelDeletion = createRoute({
  method: "delete",
  path: "/api/me/deletion",
  tags: ["account"],
  summary: "Keep your account after all",
  security: SIGNED_IN,
  responses: answers({ 204: { description: "It stays" } }, "unauthenticated"),
});
const download = createRoute({
  method: "get",
  path: "/api/me/export",
  tags: ["account"],
  summary: "Everything that is kept of you, as one JSON document",
  security: SIGNED_IN,
  responses: answers({ 200: json("The document", z.record(z.string(), z.unknown())) }, "unauthenticated"),
});

export const accountRoutes = createRouter()
  .openapi(change, async (c) => {
    const { users, userId } = await own(c);
    const changes = c.req.valid("json");
    await changeInPostgres(c, users, userId, changes);
    const changed = await users.changeProfile({ userId, changes });
    await settle(c, changed);
    return c.json(toUser(changed.user), 200);
  })
  .openapi(listData, async (c) => {
    const { users, userId } = await own(c);
    return c.json({ data: await users.listData({ userId }) }, 200);
  })
  .openapi(readData, async (c) => {
    const { users, userId } = await own(c);
    const { key } = c.req.valid("param");
    const entry = await users.readData({ userId, key });
    if (entry.value === undefined) throw new PartyError("not_found", { message: `Nothing has set ${key} yet` });
    return c.json(toEntry(key, entry), 200);
  })
  .openapi(writeData, async (c) => {
    const { users, userId } = await own(c);
    const { key } = c.req.valid("param");
    const { entry, changed } = await users.writeData({ userId, key, value: valueIn(c.req.valid("json")) });
    await tellDevices(c, changed);
    return c.json(toEntry(key, entry), 200);
  })
  .openapi(removeData, async (c) => {
    const { users, userId } = await own(c);
    await tellDevices(c, await users.removeData({ userId, key: c.req.valid("param").key }));
    return c.body(null, 204);
  })
  .openapi(requestDeletion, async (c) => {
    const { users, userId } = await own(c);
    const changed = await users.requestDeletion({ userId });
    await settle(c, changed);
    return c.json({ deleteAt: iso(changed.user.deleteAt ?? 0) }, 200);
  })
  .openapi(cancelDeletion, async (c) => {
    const { users, userId } = await own(c);
    await settle(c, await users.cancelDeletion({ userId }));
    return c.body(null, 204);
  })
  .openapi(download, async (c) => {
    const { users, userId } = await own(c);
    const document = await exportOf(c, userId);
    await users.noteExport({ userId });
    c.header("Content-Type", "application/json");
    c.header("Content-Disposition", `attachment; filename="understory-${userId}.json"`);
    return c.body(document, 200) as never;
  });

/** The caller's own account, at the party where the truth of it is. */
async function own(c: AppContext) {
  const { principal } = await requireUser(c);
  return { users: usersOf(c), userId: principal.user.id };
}

function toEntry(key: UserDataKey, { value, updatedAt }: { value?: unknown; updatedAt: number | null }) {
  return { key, value, updatedAt: updatedAt === null ? null : iso(updatedAt) };
}

/** A value that people may write has no field of this name: what has one is an entry, as it was read. */
function valueIn(given: unknown): unknown {
  return typeof given === "object" && given !== null && "value" in given ? given.value : given;
}
