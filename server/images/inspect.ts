import { GIF } from "image-size/types/gif";
import { HEIF } from "image-size/types/heif";
import type { IImage } from "image-size/types/interface";
import { JPG } from "image-size/types/jpg";
import { PNG } from "image-size/types/png";
import { WEBP } from "image-size/types/webp";
import { PartyError } from "../../schema/errors.ts";
import { IMAGE_TYPES, type ImageType } from "../../schema/http/admin/images.ts";

/** What an image's bytes say of it. */
export interface Inspected {
  type: ImageType;
  /** As it is shown, upright. */
  width: number;
  height: number;
}

const KIB = 1024;
/**
 * Who reads a type's dimensions, and how much of the start of a file they get: more than good files need before they
 * tell them, and so little that a file made to be slow (of one-byte steps, or boxes in boxes) is read in no time.
 */
const READERS: readonly { type: ImageType; reader: IImage; headBytes: number }[] = [
  { type: "png", reader: PNG, headBytes: 64 * KIB },
  { type: "jpg", reader: JPG, headBytes: 1024 * KIB },
  { type: "gif", reader: GIF, headBytes: 64 * KIB },
  { type: "webp", reader: WEBP, headBytes: 64 * KIB },
  { type: "avif", reader: HEIF, headBytes: 64 * KIB },
];

/** What browsers show without running out of memory: four bytes a pixel, whatever the file weighs. */
const MAX_SIDE = 12_000;
const MAX_PIXELS = 100_000_000;

/**
 * Tells by its bytes alone what an image is.
 * @throws PartyError `unprocessable` for what is no image that a site takes
 */
export function inspectImage(bytes: Uint8Array): Inspected {
  for (const { type, reader, headBytes } of READERS) {
    const found = read(reader, bytes.subarray(0, headBytes));
    if (found === undefined) continue;
    // Phones' pictures come in a container that also holds other codecs.
    if (type === "avif" && found.type !== "avif") break;
    return { type, ...requireShowable(upright(found)) };
  }
  const kinds = Object.keys(IMAGE_TYPES).join(", ");
  throw new PartyError("unprocessable", { message: `This file is no image that can be read. A site takes ${kinds}.` });
}

type Found = ReturnType<IImage["calculate"]>;

function read(reader: IImage, head: Uint8Array): Found | undefined {
  try {
    return reader.validate(head) ? reader.calculate(head) : undefined;
  } catch {
    return undefined; // It begins as one, and is broken.
  }
}

/** Orientations from 5 on are of images that lie on their side (Exif 2.32, tag 274). */
function upright({ width, height, orientation = 1 }: Found): { width: number; height: number } {
  return orientation >= 5 && orientation <= 8 ? { width: height, height: width } : { width, height };
}

function requireShowable({ width, height }: { width: number; height: number }) {
  if (width < 1 || height < 1)
    throw new PartyError("unprocessable", { message: "This image has no size, so it may be damaged" });
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    const most = `${MAX_SIDE} pixels a side and ${MAX_PIXELS / 1_000_000} megapixels`;
    throw new PartyError("unprocessable", {
      message: `This image of ${width} × ${height} is too large: the most is ${most}`,
    });
  }
  return { width, height };
}
