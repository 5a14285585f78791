import { describeError, log } from "../../parties/kernel/index.ts";
import { parse, PartyError } from "../../schema/errors.ts";
import { IMAGE_TYPES, imageFileSchema, imageKey, imageTypeSchema } from "../../schema/http/admin/images.ts";
import { type AppContext, createRouter } from "../context.ts";

/** A year: an image never changes under its name. */
const CACHE = "public, max-age=31536000, immutable";

const RETRY_AFTER_MS = 5_000;

/** Images as pages show them: straight from R2, without a word to anybody. Who knows a name may see the image. */
export const imageFileRoutes = createRouter();

imageFileRoutes.get("/images/:file", async (c) => {
  const file = parse(imageFileSchema, c.req.param("file"), "not_found");
  const host = c.get("host");
  if (host.kind !== "site") throw new PartyError("not_found");
  const object = await readFile(c, imageKey(host.subdomain, file));
  if (object === null) throw new PartyError("not_found", { message: "There is no such image" });
  const headers = {
    "Content-Type": IMAGE_TYPES[imageTypeSchema.parse(file.split(".").at(-1))],
    "Cache-Control": CACHE,
    ETag: object.httpEtag,
    "Accept-Ranges": "bytes",
    // Opened by itself it is a document: one that runs nothing and loads nothing.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    // Readers of feeds show it, on origins of their own.
    "Cross-Origin-Resource-Policy": "cross-origin",
  };
  if (!("body" in object)) return c.body(null, isConditionOnChange(c) ? 412 : 304, headers);
  const part = c.req.header("range") === undefined ? undefined : partOf(object);
  return new Response(bodyFor(c, object), {
    status: part === undefined ? 200 : 206,
    headers: {
      ...headers,
      "Content-Length": String(part?.length ?? object.size),
      ...(part !== undefined && {
        "Content-Range": `bytes ${part.offset}-${part.offset + part.length - 1}/${object.size}`,
      }),
    },
  });
});

/** @throws PartyError `unavailable` while R2 is away */
async function readFile(c: AppContext, key: string): Promise<R2ObjectBody | R2Object | null> {
  const { headers: asked } = c.req.raw;
  try {
    return await c.env.Images.get(key, { onlyIf: asked, range: asked });
  } catch (error) {
    log("error", "image.not_read", { traceId: c.get("traceId"), key, ...describeError(error) });
    throw new PartyError("unavailable", { message: "The image cannot be read just now", retryAfterMs: RETRY_AFTER_MS });
  }
}

/** The part of a file that R2 gives; undefined when it is all of it. */
function partOf({ range, size }: R2Object): { offset: number; length: number } | undefined {
  // R2 tells where the part begins, however it was asked for, and gives all of a file for a range that it lacks.
  if (range === undefined || !("offset" in range)) return undefined;
  const { offset = 0, length = size - offset } = range;
  return length < size ? { offset, length } : undefined;
}

/** Whether a failed condition was one of those that ask for what has not changed (RFC 9110, 13.1). */
function isConditionOnChange(c: AppContext): boolean {
  return c.req.header("if-match") !== undefined || c.req.header("if-unmodified-since") !== undefined;
}

/** A HEAD is answered as its GET would be. */
function bodyFor(c: AppContext, { body }: R2ObjectBody): ReadableStream | null {
  if (c.req.method !== "HEAD") return body;
  void body.cancel();
  return null;
}
