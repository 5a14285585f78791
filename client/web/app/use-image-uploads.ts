import type { Limits, Tenant } from "../../../schema/http/tenants.ts";
import { ApiError } from "../api.ts";
import type { Formats } from "../format.ts";
import { useFormats } from "../formats.tsx";
import { wordsFor } from "./refusal-words.ts";
import { unlockedBy } from "./tiers.ts";
import { useUploads } from "./use-uploads.ts";

/** Uploads of images to a site, within what its tier allows. */
export function useImageUploads({ limits }: Pick<Tenant, "limits">) {
  const formats = useFormats();
  return useUploads({
    refusal: (file) => (file.size > limits.imageBytes ? tooLarge(file, limits, formats) : null),
    words: (file, error) =>
      error instanceof ApiError && error.code === "too_large" ? tooLarge(file, limits, formats) : wordsFor(error),
  });
}

function tooLarge(file: File, { imageBytes }: Limits, { formatBytes }: Formats): string {
  const tier = unlockedBy((limits) => limits.imageBytes > imageBytes && limits.imageBytes >= file.size);
  const most = `An image here may have up to ${formatBytes(imageBytes)}, and this one has ${formatBytes(file.size)}.`;
  return tier === undefined ? most : `${most} ${tier} allows it.`;
}
