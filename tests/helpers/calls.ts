import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished, vi } from "vitest";
import type { CallReply, CallRequest } from "../../parties/kernel/naming.ts";
import { Party } from "../../parties/kernel/party.ts";

type AnyParty = InstanceType<typeof Party>;

export interface Wakes {
  /** Every call and every upgrade that has reached a party so far, such as `usr_… validateSession`. */
  readonly all: readonly string[];
  /** How many objects have come to be since. */
  newObjects(): Promise<number>;
}

/** Writes down who is woken, until the running test ends. Once a test. */
export async function watchWakes(): Promise<Wakes> {
  const all: string[] = [];
  const realCall = Party.prototype.call;
  const calls = vi.spyOn(Party.prototype, "call").mockImplementation(async function call(
    this: AnyParty,
    request: CallRequest,
  ): Promise<CallReply> {
    all.push(`${this.name} ${request.method}`);
    return await realCall.call(this, request);
  });
  const realFetch = Party.prototype.fetch;
  const upgrades = vi.spyOn(Party.prototype, "fetch").mockImplementation(async function fetch(
    this: AnyParty,
    request: Request,
  ): Promise<Response> {
    all.push(`${this.name} upgrade`);
    return await realFetch.call(this, request);
  });
  onTestFinished(() => {
    calls.mockRestore();
    upgrades.mockRestore();
  });
  const before = await objectCount();
  return { all, newObjects: async () => (await objectCount()) - before };
}

async function objectCount(): Promise<number> {
  const lists = await Promise.all(
    [env.Session, env.Post, env.Attempts, env.Users, env.Tenant, env.Analytics].map(
      async (ns) => await listDurableObjectIds(ns),
    ),
  );
  return lists.reduce((sum, ids) => sum + ids.length, 0);
}
