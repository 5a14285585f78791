import { runInDurableObject } from "cloudflare:test";
import { onTestFinished, vi } from "vitest";

export interface HeldTimers {
  /** How many wait. */
  readonly waiting: number;
  /** Lets those that wait go off, inside the object that set them. */
  fire(stub: DurableObjectStub): Promise<void>;
}

/**
 * Holds every timer of exactly these lengths until the test fires it or ends: a window of milliseconds becomes as long
 * as a test needs. Once a test.
 */
export function holdTimers(...lengthsMs: readonly (number | undefined)[]): HeldTimers {
  const real = globalThis.setTimeout;
  const held: (() => void)[] = [];
  const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, delay?: number) => {
    if (!lengthsMs.includes(delay)) return real(work, delay);
    held.push(work);
    return undefined;
  }) as typeof setTimeout);
  onTestFinished(() => spy.mockRestore());
  return {
    get waiting() {
      return held.length;
    },
    fire: async (stub) =>
      await runInDurableObject(stub, () => {
        for (const work of held.splice(0)) work();
      }),
  };
}
