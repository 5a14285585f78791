import { env } from "cloudflare:workers";
import { greeterStub, type TestGreeter } from "./greeter-party.ts";
import { join, openSocket, type SocketOptions, type TestSocket } from "./sockets.ts";

type Options = Omit<Extract<SocketOptions, { principal?: unknown }>, "party" | "name">;

/** A greeter of a test's own, in each of the ways to reach it. */
export function newGreeter(name: string = crypto.randomUUID()) {
  return {
    /** Its methods, as the edge and other parties call them. */
    rpc: greeterStub(env, name),
    /** The object itself, for what the platform does to it. */
    get object(): DurableObjectStub<TestGreeter> {
      return env.TestGreeter.getByName(name);
    },
    /** Opens a socket and leaves the welcome to be taken. */
    open: async (options: Options = {}): Promise<TestSocket> =>
      await openSocket({ party: "test-greeter", name, ...options }),
    /** Opens a socket and takes its welcome. */
    join: async (options: Options = {}): Promise<TestSocket> => await join({ party: "test-greeter", name, ...options }),
  };
}
