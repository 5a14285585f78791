const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Resolves when this process is asked to stop: Ctrl-C, or SIGTERM from whoever started it. To be called when all is
 * running: from then on the caller alone ends the process. (Miniflare and Vite put up handlers that exit at once.)
 */
export function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of STOP_SIGNALS) {
    process.removeAllListeners(signal);
    process.on(signal, () => resolve());
  }
  return promise;
}
