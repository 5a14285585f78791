import type { Image } from "../../../schema/http/admin/images.ts";
import { ApiError, isRefreshed, notReached, resultOf } from "../api.ts";

/** What a file picker offers. The server looks into the file, and takes no other. */
export const IMAGE_ACCEPT = "image/png,image/jpeg,image/gif,image/webp,image/avif";

/**
 * Uploads one file as an image of this site. A lapsed session is refreshed once.
 * @param onProgress is told which part of it is on its way, from 0 to 1
 * @throws ApiError
 */
export async function uploadImage(file: File, onProgress: (part: number) => void): Promise<Image> {
  try {
    return await send(file, onProgress);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "unauthenticated") || !(await isRefreshed())) throw error;
    return await send(file, onProgress);
  }
}

/** By XMLHttpRequest, for `fetch` does not tell how far an upload has come. */
function send(file: File, onProgress: (part: number) => void): Promise<Image> {
  const { promise, resolve, reject } = Promise.withResolvers<Image>();
  const request = new XMLHttpRequest();
  request.open("POST", "/api/admin/images");
  request.setRequestHeader("accept", "application/json");
  request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
    if (lengthComputable) onProgress(loaded / total);
  });
  request.addEventListener("load", () => {
    try {
      resolve(resultOf<Image>(request.status, request.responseText));
    } catch (error) {
      reject(error instanceof ApiError ? error : notReached(error));
    }
  });
  request.addEventListener("error", () => reject(notReached()));
  request.addEventListener("abort", () => reject(notReached()));
  const body = new FormData();
  body.append("file", file);
  request.send(body);
  return promise;
}

/** The images among what was dropped or pasted. */
export function imagesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
}

/** An image as Markdown, described by its file's name until somebody does better. */
export function markdownOf({ name, url }: Pick<Image, "name" | "url">): string {
  const words = name.replace(/\.[a-z0-9]+$/i, "").replaceAll(/[\s_-]+/g, " ");
  return `![${words.replaceAll(/[[\]\\]/g, "").trim()}](${url})`;
}
