import { crc32, deflateSync } from "node:zlib";
import type { ImageType } from "../../schema/http/admin/images.ts";

/** Images as small as they can be: of PNG a whole one, of the others what tells their size. */

const text = (value: string): number[] => Array.from(value, (letter) => letter.charCodeAt(0));
const uint = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, place) => Math.floor(value / 256 ** (bytes - 1 - place)) % 256);
const little = (value: number, bytes: number): number[] => uint(value, bytes).reverse();

/** A grey PNG that any viewer shows (https://www.w3.org/TR/png-3/). */
export function aPng(width = 4, height = 3): Uint8Array<ArrayBuffer> {
  const header = [...uint(width, 4), ...uint(height, 4), 8, 0, 0, 0, 0];
  const isReal = width * height < 1_000_000;
  const rows = deflateSync(new Uint8Array(isReal ? (width + 1) * height : 1));
  return new Uint8Array([
    ...[0x89, ...text("PNG"), 13, 10, 26, 10],
    ...pngChunk("IHDR", header),
    ...pngChunk("IDAT", [...rows]),
    ...pngChunk("IEND", []),
  ]);
}

function pngChunk(name: string, data: number[]): number[] {
  const named = [...text(name), ...data];
  return [...uint(data.length, 4), ...named, ...uint(crc32(new Uint8Array(named)), 4)];
}

/** `orientation` is how the camera was held (Exif). */
export function aJpeg(width = 4, height = 3, orientation = 1): Uint8Array<ArrayBuffer> {
  const entry = [...uint(274, 2), ...uint(3, 2), ...uint(1, 4), ...uint(orientation, 2), 0, 0];
  const exif = [...text("Exif"), 0, 0, ...text("MM"), 0, 42, ...uint(8, 4), ...uint(1, 2), ...entry, ...uint(0, 4)];
  const frame = [8, ...uint(height, 2), ...uint(width, 2), 1, 1, 0x11, 0];
  return new Uint8Array([0xff, 0xd8, ...jpegSegment(0xe1, exif), ...jpegSegment(0xc0, frame), 0xff, 0xd9]);
}

function jpegSegment(marker: number, data: number[]): number[] {
  return [0xff, marker, ...uint(data.length + 2, 2), ...data];
}

export function aGif(width = 4, height = 3): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...text("GIF89a"), ...little(width, 2), ...little(height, 2), 0, 0, 0, 0x3b]);
}

export function aWebp(width = 4, height = 3): Uint8Array<ArrayBuffer> {
  const chunk = [...text("VP8X"), ...little(10, 4), 0, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3)];
  return new Uint8Array([...text("RIFF"), ...little(chunk.length + 4, 4), ...text("WEBP"), ...chunk]);
}

/** `brand` says which codec is in the container. */
export function anAvif(width = 4, height = 3, brand = "avif"): Uint8Array<ArrayBuffer> {
  const ispe = box("ispe", [0, 0, 0, 0, ...uint(width, 4), ...uint(height, 4)]);
  const meta = box("meta", [0, 0, 0, 0, ...box("iprp", box("ipco", ispe))]);
  return new Uint8Array([...box("ftyp", [...text(brand), 0, 0, 0, 0, ...text(brand)]), ...meta]);
}

function box(name: string, data: number[]): number[] {
  return [...uint(data.length + 8, 4), ...text(name), ...data];
}

export const IMAGES: Readonly<Record<ImageType, (width?: number, height?: number) => Uint8Array<ArrayBuffer>>> = {
  png: aPng,
  jpg: aJpeg,
  gif: aGif,
  webp: aWebp,
  avif: anAvif,
};
