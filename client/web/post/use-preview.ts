import { useEffect, useState } from "react";
import type { Dialect, Previewed } from "../../../schema/http/posts.ts";
import { call, isAbort, messageOf } from "../api.ts";

/** How long a text rests before it is rendered, in milliseconds: no request for every key. */
const PREVIEW_DELAY_MS = 250;

export type Preview =
  | { state: "empty" }
  | { state: "loading"; html: string }
  | { state: "ready"; html: string }
  | { state: "failed"; message: string };

/** The text as the server renders it, a moment after it stops changing. Asks for nothing while not `enabled`. */
export function usePreview(content: string, dialect: Dialect, enabled: boolean): Preview {
  const [preview, setPreview] = useState<Preview>({ state: "empty" });
  const blank = content.trim() === "";
  useEffect(() => {
    if (!enabled || blank) return undefined;
    const abort = new AbortController();
    const render = async (): Promise<void> => {
      try {
        const { html } = await call<Previewed>("POST", "/api/preview", {
          body: { content, dialect },
          signal: abort.signal,
        });
        setPreview({ state: "ready", html });
      } catch (error) {
        if (!isAbort(error)) setPreview({ state: "failed", message: messageOf(error) });
      }
    };
    setPreview((last) => ({ state: "loading", html: "html" in last ? last.html : "" }));
    const timer = setTimeout(() => void render(), PREVIEW_DELAY_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [content, dialect, enabled, blank]);
  return blank ? { state: "empty" } : preview;
}
