import { onTestFinished } from "vitest";
import { createClient, type Client, type ClientOptions } from "../../../client/core/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { ScriptedServer } from "./scripted-server.ts";

export interface Setup {
  server: ScriptedServer;
  client: Client;
  clock: ManualClock;
  /** The window of an imaginary browser. */
  network: EventTarget;
}

/** A client on a manual clock and the server it talks to, both gone when the test ends. */
export async function setUp(options: ClientOptions = {}): Promise<Setup> {
  const server = await ScriptedServer.start();
  onTestFinished(() => server.stop());
  const clock = new ManualClock();
  const network = new EventTarget();
  const client = createClient({
    host: server.host,
    secure: false,
    ...options,
    environment: { clock, network, random: () => 0.5, ...options.environment },
  });
  return { server, client, clock, network };
}

interface Observable {
  subscribe(listener: () => void): () => void;
}

/** Waits until `condition` holds, looking again after every change of `source`. */
export async function until(source: Observable, condition: () => boolean): Promise<void> {
  if (condition()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = source.subscribe(() => {
    if (condition()) resolve();
  });
  await promise;
  stop();
}

/** What `promise` is rejected with. Ask before the rejection, so that it never counts as unhandled. */
export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
