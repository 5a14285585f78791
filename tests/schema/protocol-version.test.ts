import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Protocol } from "../../schema/protocol.ts";

/**
 * What each version of each protocol looks like. A line, once released, is never changed: whoever changes a frame, an
 * event, a signal or the state raises the protocol's `version` and adds a line with the hash that the test prints.
 */
const RECORDED: Record<string, Record<number, string>> = {
  analytics: { 1: "af74b0b73e31c542" },
  attempts: { 1: "af74b0b73e31c542" },
  post: { 1: "b1e7c1632f080268" },
  session: { 1: "af74b0b73e31c542", 2: "4f7ad1f1d9d102ce", 3: "55ffacc7de1500fc" },
  tenant: { 1: "d1c0618fab5c11e3" },
  users: { 1: "af74b0b73e31c542" },
};

const modules = import.meta.glob<Record<string, unknown>>("../../schema/parties/*.ts", { eager: true });
const protocols = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter(isProtocol);

function isProtocol(value: unknown): value is Protocol {
  return typeof value === "object" && value !== null && "party" in value && "frames" in value && "events" in value;
}

/** Everything that a client and a server must agree on, as JSON Schema. */
function describeProtocol({ greeting, frames, events, signals, state }: Protocol): unknown {
  const input = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const output = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  const each = <T>(record: Record<string, T>, describe: (value: T) => unknown) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, describe(value)]));
  return {
    ...(greeting !== undefined && { greeting }),
    frames: each(frames, ({ payload, result, transient = false }) => ({
      payload: input(payload),
      result: output(result),
      transient,
    })),
    events: each(events, output),
    signals: each(signals, output),
    state: output(state),
  };
}

/** JSON with its keys in order: the order in which a schema was written down does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (Array.isArray(inner))
      return key === "required" ? inner.map(String).toSorted((a, b) => (a < b ? -1 : 1)) : [...(inner as unknown[])];
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function hashOf(protocol: Protocol): string {
  return createHash("sha256")
    .update(canonical(describeProtocol(protocol)))
    .digest("hex")
    .slice(0, 16);
}

/** What is wrong with a protocol's version, and what to do. */
function complaint(protocol: Protocol): string | undefined {
  const { party, version } = protocol;
  const now = hashOf(protocol);
  const recorded = RECORDED[party]?.[version];
  if (recorded === now) return undefined;
  return recorded === undefined
    ? `Version ${version} of the ${party} protocol is not recorded: add \`${version}: "${now}"\` to the table`
    : `The ${party} protocol changed and is still version ${version}: raise its version and add \`${version + 1}: "${now}"\` to the table`;
}

describe("a protocol's version", () => {
  test.each(protocols.map((protocol) => [protocol.party, protocol] as const))(
    "of the %s grows with every change of what goes over its sockets",
    (_, protocol) => {
      expect(complaint(protocol)).toBeUndefined();
    },
  );

  test("never goes back to one that was recorded before", () => {
    const latest = (party: string) => Math.max(...Object.keys(RECORDED[party] ?? {}).map(Number));
    expect(protocols.map(({ party, version }) => [party, version])).toEqual(
      protocols.map(({ party }) => [party, latest(party)]),
    );
  });

  test("is recorded for every protocol that there is, and for no other", () => {
    expect(protocols.map(({ party }) => party).toSorted()).toEqual(Object.keys(RECORDED).toSorted());
  });

  test("notices every kind of change, and no mere change of order", () => {
    const base = {
      party: "p",
      version: 1,
      frames: { say: { payload: z.object({ a: z.string(), b: z.number() }), result: z.object({ ok: z.boolean() }) } },
      events: { said: z.object({ a: z.string() }) },
      signals: { saying: z.object({ a: z.string() }) },
      state: z.object({ n: z.number() }),
    } satisfies Protocol;
    const reordered = {
      ...base,
      frames: { say: { ...base.frames.say, payload: z.object({ b: z.number(), a: z.string() }) } },
    };
    expect(hashOf(reordered)).toBe(hashOf(base));
    const changed: Protocol[] = [
      { ...base, frames: { say: { ...base.frames.say, payload: z.object({ a: z.string().max(5), b: z.number() }) } } },
      {
        ...base,
        frames: { say: { ...base.frames.say, payload: z.object({ a: z.string(), b: z.number().optional() }) } },
      },
      { ...base, frames: { say: { ...base.frames.say, result: z.object({ ok: z.string() }) } } },
      { ...base, frames: { say: { ...base.frames.say, transient: true } } },
      { ...base, frames: { ...base.frames, shout: base.frames.say } },
      { ...base, events: { said: z.object({ a: z.string(), b: z.string() }) } },
      { ...base, signals: {} },
      { ...base, greeting: "hello" },
      { ...base, state: z.object({ n: z.number().nullable() }) },
    ];
    expect(new Set([base, ...changed].map(hashOf)).size).toBe(changed.length + 1);
  });
});
