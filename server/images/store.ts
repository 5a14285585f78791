import { describeError, log, withTimeout } from "../../parties/kernel/index.ts";
import type { TenantStub } from "../../parties/tenant/index.ts";
import { PartyError } from "../../schema/errors.ts";
import { type Image, IMAGE_TYPES, imageKey } from "../../schema/http/admin/images.ts";
import type { UserPrincipal } from "../../schema/principal.ts";
import type { AppContext } from "../context.ts";
import { inspectImage } from "./inspect.ts";
import type { Upload } from "./read-upload.ts";

/** When storing is given up, in milliseconds. */
const STORE_WITHIN_MS = 60_000;
const RETRY_AFTER_MS = 5_000;

/**
 * Stores an image: a place for it, then the file, then the word that it is there. Whatever dies in between, the party
 * takes back place and file.
 * @throws PartyError `unprocessable`, `forbidden`, `too_large`; `unavailable` when the file could not be stored
 */
export async function storeImage(
  c: AppContext,
  to: { subdomain: string; party: TenantStub; principal: UserPrincipal },
  { bytes, name }: Upload,
): Promise<Image> {
  const { subdomain, party, principal } = to;
  const inspected = inspectImage(bytes);
  const image = { name, size: bytes.byteLength, ...inspected };
  const { id, type } = await party.reserveImage({ principal, image });
  try {
    const httpMetadata = { contentType: IMAGE_TYPES[type] };
    const key = imageKey(subdomain, `${id}.${type}`);
    await withTimeout(c.env.Images.put(key, bytes, { httpMetadata }), STORE_WITHIN_MS);
  } catch (error) {
    log("error", "image.not_stored", { traceId: c.get("traceId"), site: subdomain, ...describeError(error) });
    await giveUp(c, async () => await party.abandonImage({ principal, id, type }));
    throw notStored();
  }
  const stored = await party.confirmImage({ principal, id, type });
  if (stored === null) throw notStored();
  return stored;
}

/** What is left of it is taken back in a while by itself. */
async function giveUp(c: AppContext, abandon: () => Promise<void>): Promise<void> {
  try {
    await abandon();
  } catch (error) {
    log("warn", "image.not_abandoned", { traceId: c.get("traceId"), ...describeError(error) });
  }
}

function notStored(): PartyError {
  return new PartyError("unavailable", {
    message: "The image could not be stored: try again in a moment",
    retryAfterMs: RETRY_AFTER_MS,
  });
}
