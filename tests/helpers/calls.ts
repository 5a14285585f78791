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
  // What parties of other tests still owe each other says nothing of this one.
  const delivered = new Set<string>();
  const realDeliver = Party.prototype.deliver;
  const deliveries = vi.spyOn(Party.prototype, "deliver").mockImplementation(async function deliver(
    this: AnyParty,
    ...given: Parameters<AnyParty["deliver"]>
  ) {
    delivered.add(this["ctx"].id.toString());
    return await realDeliver.apply(this, given);
  });
  onTestFinished(() => {
    calls.mockRestore();
    upgrades.mockRestore();
    deliveries.mockRestore();
  });
  const before = new Set(await objectIds());
  return {
    all,
    newObjects: async () => (await objectIds()).filter((id) => !before.has(id) && !delivered.has(id)).length,
  };
}

async function objectIds(): Promise<string[]> {
  const lists = await Promise.all(
    [env.Session, env.Post, env.Attempts, env.Users, env.Tenant, env.Analytics].map(
      async (ns) => await listDurableObjectIds(ns),
    ),
  );
  return lists.flat().map(String);
}
