import { PartyError } from "../../schema/errors.ts";

/** A file as it was sent. */
export interface Upload {
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
}

/** What a form may hold beside its file, in bytes: boundaries, headers, small fields. */
const MAX_ENVELOPE_BYTES = 64 * 1024;
const MAX_NAME_LENGTH = 120;
const UNNAMED = "image";

/**
 * Reads the one file that a request carries: its whole body, or the file of a form. Of more than `maxBytes` nothing
 * is kept, whatever `Content-Length` claims.
 * @throws PartyError `bad_request`, `unprocessable`; what `tooLarge` makes
 */
export async function readUpload(
  request: Request,
  given: { name: string | undefined; maxBytes: number; tooLarge: () => PartyError },
): Promise<Upload> {
  const { name, maxBytes, tooLarge } = given;
  const type = request.headers.get("content-type") ?? "";
  const isForm = /^multipart\/form-data\b/i.test(type);
  const body = await readAtMost(request, isForm ? maxBytes + MAX_ENVELOPE_BYTES : maxBytes);
  if (body === undefined) throw tooLarge();
  if (!isForm) return { bytes: body, name: cleanName(name ?? "") };
  const file = await fileOf(body, type);
  if (file.size > maxBytes) throw tooLarge();
  return { bytes: new Uint8Array(await file.arrayBuffer()), name: cleanName(name ?? file.name) };
}

/** Undefined when there is more. */
async function readAtMost(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // Before anything is read: what is left unread is drained, and the sender gets to read why.
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return undefined;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function fileOf(body: Uint8Array<ArrayBuffer>, type: string): Promise<File> {
  let form: FormData;
  try {
    form = await new Response(body, { headers: { "content-type": type } }).formData();
  } catch {
    throw new PartyError("bad_request", { message: "The form is malformed" });
  }
  const files = [...form.values()].filter((value) => typeof value !== "string");
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw new PartyError("unprocessable", { message: `The form must have one file, and has ${files.length}` });
  return file;
}

/** Only for people to read: the last part of a path, in one line. */
function cleanName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  return (
    last
      .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "")
      .trim()
      .slice(0, MAX_NAME_LENGTH)
      .replace(/[\uD800-\uDBFF]$/, "") || UNNAMED
  );
}
