import { useCallback, useRef, useState } from "react";
import type { Image } from "../../../schema/http/admin/images.ts";
import { uploadImage } from "./upload-image.ts";

/** A file on its way, or one that did not get there. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  /** From 0 to 1. */
  readonly part: number;
  /** Why it failed, in words. */
  readonly problem: string | null;
}

/** Browsers open about six connections to a host; the page needs some for other things. */
const AT_ONCE = 3;

interface UploadsOptions {
  /** Why a file need not be sent at all, in words; null when it may be. */
  refusal: (file: File) => string | null;
  /** What to say of a failure. */
  words: (file: File, error: unknown) => string;
}

/** Uploads images, a few at a time. */
export function useUploads({ refusal, words }: UploadsOptions) {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const lastId = useRef(0);
  const running = useRef(0);
  const waiting = useRef<(() => void)[]>([]);

  const set = useCallback((id: number, change: Partial<Upload>) => {
    setUploads((known) => known.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }, []);
  const dismiss = useCallback((id: number) => {
    setUploads((known) => known.filter((upload) => upload.id !== id));
  }, []);

  /** The image, or null for a file that could not be uploaded; it stays in the list with the reason. */
  const upload = async (file: File): Promise<Image | null> => {
    lastId.current += 1;
    const id = lastId.current;
    const problem = refusal(file);
    setUploads((known) => [...known, { id, name: file.name, part: 0, problem }]);
    if (problem !== null) return null;
    if (running.current >= AT_ONCE) await new Promise<void>((go) => waiting.current.push(go));
    else running.current += 1;
    try {
      const image = await uploadImage(file, (part) => set(id, { part }));
      dismiss(id);
      return image;
    } catch (error) {
      set(id, { problem: words(file, error) });
      return null;
    } finally {
      const next = waiting.current.shift();
      if (next === undefined) running.current -= 1;
      else next();
    }
  };
  return { uploads, upload, dismiss };
}
