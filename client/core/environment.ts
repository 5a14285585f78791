/** Time as the client sees it. `after` returns a function that cancels. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once, `delayMs` from now, unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void;
}

/** What the client takes from the machine it runs on. Tests bring their own. */
export interface Environment {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Fires `online` and `offline`: the window of a browser, nothing elsewhere. */
  readonly network: EventTarget | undefined;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** The machine's own environment, with the given parts replaced. Safe to call where there is no window. */
export function environmentOf(parts: Partial<Environment> = {}): Environment {
  return {
    clock: systemClock,
    random: Math.random,
    fetch: (url, init) => fetch(url, init),
    network: typeof window === "undefined" ? undefined : window,
    ...parts,
  };
}
