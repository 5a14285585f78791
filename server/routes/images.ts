import { createRoute, z } from "@hono/zod-openapi";
import { imageTooLarge } from "../../parties/tenant/index.ts";
import { imageListSchema, imageSchema, imageUsesSchema, uploadQuerySchema } from "../../schema/http/admin/images.ts";
import { pageQuerySchema } from "../../schema/http/common.ts";
import { imageIdSchema } from "../../schema/ids.ts";
import { createRouter } from "../context.ts";
import { readUpload } from "../images/read-upload.ts";
import { storeImage } from "../images/store.ts";
import { usesOf } from "../images/uses.ts";
import { UPLOAD_PATH } from "../middleware/body-limit.ts";
import { answers, json, SIGNED_IN } from "../openapi.ts";
import { requireIn } from "../posts/access.ts";
import { requireSiteParty } from "../tenants/party.ts";

const tags = ["images"];
const params = z.object({ id: imageIdSchema });

const upload = createRoute({
  method: "post",
  path: UPLOAD_PATH,
  tags,
  summary: "Upload an image",
  description:
    "The file itself as the body, or a `multipart/form-data` form with one file. What it is decide its bytes: a PNG, " +
    "JPEG, GIF, WebP or AVIF. `name` is what it is called, if not as the form says. How large and how many is the " +
    "site's tier to say: `limit`, `tier` and `unlockedBy` stand beside the error.",
  security: SIGNED_IN,
  request: {
    query: uploadQuerySchema,
    body: { required: true, content: { "image/*": { schema: { type: "string", format: "binary" } } } },
  },
  responses: answers(
    { 201: json("The image", imageSchema) },
    "bad_request",
    "unauthenticated",
    "forbidden",
    "not_found",
    "too_large",
    "unprocessable",
    "rate_limited",
  ),
});
const list = createRoute({
  method: "get",
  path: UPLOAD_PATH,
  tags,
  summary: "The site's images, the newest first",
  security: SIGNED_IN,
  request: { query: pageQuerySchema },
  responses: answers(
    { 200: json("A page of images", imageListSchema) },
    "bad_request",
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});
const remove = createRoute({
  method: "delete",
  path: `${UPLOAD_PATH}/{id}`,
  tags,
  summary: "Delete an image; authors, one of theirs",
  security: SIGNED_IN,
  request: { params },
  responses: answers({ 204: { description: "It is gone" } }, "unauthenticated", "forbidden", "not_found"),
});
const uses = createRoute({
  method: "get",
  path: `${UPLOAD_PATH}/{id}/uses`,
  tags,
  summary: "The posts and pages that an image stands in, and the sections whose icon it is",
  security: SIGNED_IN,
  request: { params },
  responses: answers(
    { 200: json("At most 100 of each", imageUsesSchema) },
    "unauthenticated",
    "forbidden",
    "not_found",
  ),
});

export const imageRoutes = createRouter()
  .openapi(upload, async (c) => {
    const { site, party, principal } = await requireSiteParty(c, { keys: ["api", "upload"] });
    // Before the file is read, of which there may be much.
    requireIn(site, principal, "author");
    const { tenant } = site;
    const file = await readUpload(c.req.raw, {
      name: c.req.valid("query").name,
      maxBytes: tenant.limits.imageBytes,
      tooLarge: () => imageTooLarge(tenant),
    });
    return c.json(await storeImage(c, { subdomain: tenant.subdomain, party, principal }, file), 201);
  })
  .openapi(list, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    return c.json(await party.listImages({ principal, ...c.req.valid("query") }), 200);
  })
  .openapi(remove, async (c) => {
    const { party, principal } = await requireSiteParty(c);
    await party.deleteImage({ principal, id: c.req.valid("param").id });
    return c.body(null, 204);
  })
  .openapi(uses, async (c) => {
    const { site, party, principal } = await requireSiteParty(c);
    const { url } = await party.getImage({ principal, id: c.req.valid("param").id });
    return c.json({ uses: await usesOf(c.env.DB, site.tenant.subdomain, url) }, 200);
  });
