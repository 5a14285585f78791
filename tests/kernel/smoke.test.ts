import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { counterStub } from "../helpers/counter-party.ts";

test("a call kept across eviction finds its state", async () => {
  const name = crypto.randomUUID();
  const counter = counterStub(env, name);
  expect(await counter.add({ by: 2 })).toEqual({ total: 2 });
  await evictDurableObject(env.TestCounter.getByName(name));
  expect(await counter.total({})).toEqual({ total: 2 });
  await counter.addBoth({ by: 1, other: `${name}-b` });
  await counter.flush({});
  expect(await counterStub(env, `${name}-b`).total({})).toEqual({ total: 1 });
  console.log(JSON.stringify(await counter.inspect({})));
});
