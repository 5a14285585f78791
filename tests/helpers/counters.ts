import { env } from "cloudflare:workers";
import { counterStub, type TestCounter } from "./counter-party.ts";
import { join, openSocket, type SocketOptions, type TestSocket } from "./sockets.ts";

type Options = Omit<Extract<SocketOptions, { principal?: unknown }>, "party" | "name">;

/** A counter of a test's own, in each of the ways to reach it. */
export function newCounter(name: string = crypto.randomUUID()) {
  return {
    name,
    /** Its methods, as the edge and other parties call them. */
    rpc: counterStub(env, name),
    /** The object itself, for what the platform does to it. A new stub each time: they do not outlive a crash. */
    get object(): DurableObjectStub<TestCounter> {
      return env.TestCounter.getByName(name);
    },
    /** Opens a socket and leaves the welcome to be taken. */
    open: async (options: Options = {}): Promise<TestSocket> =>
      await openSocket({ party: "test-counter", name, ...options }),
    /** Opens a socket and takes its welcome. */
    join: async (options: Options = {}): Promise<TestSocket> => await join({ party: "test-counter", name, ...options }),
  };
}
export type Counter = ReturnType<typeof newCounter>;
