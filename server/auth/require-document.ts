import { PartyError } from "../../schema/errors.ts";
import type { AppContext } from "../context.ts";

/**
 * Only a page that someone goes to may take a step of signing in: an image, a frame or a prefetch that a stranger's page
 * asks for would use up what the step needs, or count as a failure. Browsers say what they fetch for (Fetch Metadata,
 * W3C; `Sec-Purpose` for what is fetched ahead); programs say nothing.
 * @throws PartyError `forbidden`
 */
export function requireDocument(c: AppContext): void {
  const destination = c.req.header("sec-fetch-dest");
  const isPage = destination === undefined || destination === "document";
  if (isPage && c.req.header("sec-purpose") === undefined) return;
  throw new PartyError("forbidden", { message: "This address is for going to, not for embedding" });
}
