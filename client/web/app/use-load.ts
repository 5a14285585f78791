import { useCallback, useEffect, useState } from "react";
import { isAbort } from "../api.ts";

export type Loaded<T> = { state: "loading" } | { state: "ready"; value: T } | { state: "failed"; error: unknown };

/**
 * What `load` answers, loaded again whenever `load` is another function or `reload` is called.
 * `update` changes a value that is there, after an action whose result is known.
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>) {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    const run = async (): Promise<void> => {
      try {
        setLoaded({ state: "ready", value: await load(abort.signal) });
      } catch (error) {
        if (!isAbort(error)) setLoaded({ state: "failed", error });
      }
    };
    setLoaded({ state: "loading" });
    void run();
    return () => abort.abort();
  }, [load, attempt]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  const update = useCallback((change: (value: T) => T) => {
    setLoaded((last) => (last.state === "ready" ? { state: "ready", value: change(last.value) } : last));
  }, []);
  return { loaded, reload, update };
}
