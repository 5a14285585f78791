import { PartyError } from "../../schema/errors.ts";
import { createRouter } from "../context.ts";

/** A year: the build puts a hash of the content into every name. */
const IMMUTABLE = "public, max-age=31536000, immutable";

/** The client's files, on every host alike. */
export const assetRoutes = createRouter();

assetRoutes.get("/assets/*", async (c) => {
  const found = await c.env.ASSETS.fetch(c.req.raw);
  if (!found.ok && found.status !== 304) throw new PartyError("not_found");
  const response = new Response(found.body, found);
  response.headers.set("Cache-Control", IMMUTABLE);
  return response;
});
