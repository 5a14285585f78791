import { cutAll, openAll } from "./crowds.ts";
import type { Lab } from "./lab.ts";
import { interleaved, median, percentile } from "./statistics.ts";

/** One line of a table: what was measured, on each side, and what is asked of it. */
export interface Finding {
  what: string;
  values: Record<string, string>;
  /** The figure that the target speaks of. */
  figure: string;
  target: string;
  met: boolean;
}

export interface Scale {
  rounds: number;
  calls: number;
  sockets: number;
  burst: number;
  wakes: number;
  idleSockets: number;
  people: number;
}
export const FULL: Scale = {
  rounds: 7,
  calls: 4_000,
  sockets: 1_000,
  burst: 100,
  wakes: 100,
  idleSockets: 4_000,
  people: 1_000,
};
export const QUICK: Scale = {
  rounds: 3,
  calls: 1_000,
  sockets: 1_000,
  burst: 40,
  wakes: 50,
  idleSockets: 1_000,
  people: 100,
};

/** Calls a second from the edge to a party that reads one row. */
export async function edgeToParty(lab: Lab, { rounds, calls }: Scale): Promise<Finding> {
  const perSecond = (side: string) => async () => {
    const { ms } = await lab.ask<{ ms: number }>(`/calls/${side}?name=calls&times=${calls}`);
    return calls / (ms / 1_000);
  };
  for (const side of ["bare", "native", "kernel"]) await perSecond(side)();
  const found = await interleaved(rounds, {
    bare: perSecond("bare"),
    native: perSecond("native"),
    kernel: perSecond("kernel"),
  });
  const [bare, native, kernel] = [median(found.bare), median(found.native), median(found.kernel)];
  return {
    what: "Edge to party: calls/s, one at a time",
    values: {
      "bare PartyServer (getServerByName)": whole(bare),
      "bare native stub (skips onStart)": whole(native),
      Understory: whole(kernel),
    },
    figure: `${ratio(kernel / bare)} of bare`,
    target: "at least 0.85 of bare",
    met: kernel / bare >= 0.85,
  };
}

/** A burst of events, each to every socket: deliveries a second, and what coalescing adds to a single event's way. */
export async function fanOut(lab: Lab, scale: Scale): Promise<Finding[]> {
  const bare = await openCrowd(lab, "/parties/bare/crowd", scale.sockets);
  const kernel = await openCrowd(lab, "/parties/kernel-counter/crowd?batch=1", scale.sockets);
  const deliveries = (crowd: Crowd) => async () => {
    const start = performance.now();
    await crowd.burst(scale.burst);
    return (scale.burst * scale.sockets) / ((performance.now() - start) / 1_000);
  };
  await deliveries(bare)();
  await deliveries(kernel)();
  const found = await interleaved(scale.rounds, { bare: deliveries(bare), kernel: deliveries(kernel) });
  const [slow, fast] = [median(found.bare), median(found.kernel)];

  const singles = scale.rounds * 10;
  const latencies = await interleaved(singles, {
    bare: async () => await bare.single(),
    kernel: async () => await kernel.single(),
  });
  const [before, after] = [percentile(latencies.bare, 99), percentile(latencies.kernel, 99)];
  await Promise.all([bare.close(), kernel.close()]);
  return [
    {
      what: `Burst of ${scale.burst} events to ${scale.sockets} sockets: deliveries/s`,
      values: { "bare PartyServer": whole(slow), Understory: whole(fast) },
      figure: `${ratio(fast / slow)} times bare`,
      target: "at least 2 times bare",
      met: fast / slow >= 2,
    },
    {
      what: `One event to the last of ${scale.sockets} sockets: p99, ms`,
      values: { "bare PartyServer": before.toFixed(1), Understory: after.toFixed(1) },
      figure: `${(after - before).toFixed(1)} ms added`,
      target: "under 50 ms added",
      met: after - before < 50,
    },
  ];
}

/** The first answer after an eviction, with 10,000 comments stored: the newest 50 and the number of all. */
export async function waking(lab: Lab, { rounds, wakes }: Scale): Promise<Finding> {
  const comments = 10_000;
  const post = "pst_0000000000000000wakes";
  await lab.ask(`/wake/bare/fill?name=wakes&times=${comments}`);
  await lab.ask(`/wake/kernel/fill?name=${post}&times=${comments}`);
  const wake = (path: string) => async () => (await lab.ask<{ ms: number }>(`${path}&times=${wakes}`)).ms / wakes;
  const sides = { bare: wake("/wake/bare?name=wakes"), kernel: wake(`/wake/kernel?name=${post}`) };
  await sides.bare();
  await sides.kernel();
  const found = await interleaved(rounds, sides);
  const [bare, kernel] = [median(found.bare), median(found.kernel)];
  return {
    what: "Waking with 10,000 comments: first page, ms",
    values: { "bare PartyServer": bare.toFixed(2), Understory: kernel.toFixed(2) },
    figure: `${ratio(kernel / bare)} times bare`,
    target: "at most 1.5 times bare",
    met: kernel / bare <= 1.5,
  };
}

/** D1 statements that 1,000 reactions cost once everything has arrived there. */
export async function reactions(lab: Lab): Promise<Finding> {
  const times = 1_000;
  const post = "pst_000000000000reactions";
  await lab.ask(`/wake/kernel/fill?name=${post}&times=0`);
  const { d1Writes: statements, counted } = await lab.ask<{ d1Writes: number; counted: number }>(
    `/reactions?name=${post}&times=${times}`,
  );
  if (counted !== times) throw new Error(`D1 counts ${counted} reactions of ${times}`);
  return {
    what: "1,000 reactions: D1 write statements",
    values: { "D1 for everything": String(times), Understory: String(statements) },
    figure: `${statements} statements`,
    target: "at most 10",
    met: statements <= 10,
  };
}

/**
 * Memory that one idle socket costs workerd, both ends of its own process counted. The sides grow in turn and all stay
 * open, so that neither lives in what the other has given back.
 */
export async function idleSockets(lab: Lab, { idleSockets: count }: Scale): Promise<Finding> {
  const steps = 4;
  const paths = { bare: "/parties/bare/idle", kernel: "/parties/kernel-counter/idle?batch=1" };
  const bytes = { bare: 0, kernel: 0 };
  const crowds: Crowd[] = [];
  for (let step = 0; step < steps; step++) {
    for (const side of step % 2 === 0 ? (["bare", "kernel"] as const) : (["kernel", "bare"] as const)) {
      const before = lab.memory();
      crowds.push(await openCrowd(lab, paths[side], count / steps));
      bytes[side] += lab.memory() - before;
    }
  }
  await Promise.all(crowds.map(async (crowd) => await crowd.close()));
  const kibibytes = (side: "bare" | "kernel") => (bytes[side] / count / 1024).toFixed(1);
  return {
    what: `Memory for each of ${count} idle sockets, KiB`,
    values: { "bare PartyServer": kibibytes("bare"), Understory: kibibytes("kernel") },
    figure: `${kibibytes("kernel")} KiB`,
    target: "recorded",
    met: true,
  };
}

interface Crowd {
  /** Has `events` events made, and waits until every socket has them all. */
  burst(events: number): Promise<void>;
  /** Has one event made, and answers how many milliseconds passed until the last socket had it. */
  single(): Promise<number>;
  close(): Promise<void>;
}

async function openCrowd(lab: Lab, path: string, count: number): Promise<Crowd> {
  const sockets = await openAll(
    lab,
    Array.from({ length: count }, () => path),
  );
  let received = 0;
  let wanted = 0;
  let done: (() => void) | undefined;
  for (const socket of sockets) {
    socket.on("message", (data: Buffer) => {
      received += occurrences(data);
      if (received >= wanted) done?.();
    });
  }
  const [sender] = sockets;
  let frame = 0;
  const make = async (events: number): Promise<void> => {
    received = 0;
    wanted = events * count;
    const all = new Promise<void>((resolve) => (done = resolve));
    for (let n = 0; n < events; n++) sender?.send(JSON.stringify({ type: "add", id: `f${frame++}`, by: 1 }));
    await all;
    done = undefined;
  };
  return {
    burst: make,
    single: async () => {
      const start = performance.now();
      await make(1);
      return performance.now() - start;
    },
    close: async () => await cutAll(sockets),
  };
}

const EVENT = Buffer.from('"type":"added"');

/** How many events a message holds, without the cost of parsing it: both sides are counted alike. */
function occurrences(data: Buffer): number {
  let count = 0;
  for (let at = data.indexOf(EVENT); at !== -1; at = data.indexOf(EVENT, at + EVENT.length)) count += 1;
  return count;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
const ratio = (value: number): string => value.toFixed(2);
