import type { Finding, Scale } from "./cases.ts";
import type { Lab } from "./lab.ts";
import { interleaved, median, percentile } from "./statistics.ts";

/** What a page view costs before its page is made. */
export async function sites(lab: Lab, { rounds, calls }: Scale): Promise<Finding[]> {
  await lab.ask("/sites/prepare");
  const latencies = { party: [] as number[], d1: [] as number[] };
  const perSecond = (side: "party" | "d1") => async () => {
    const { ms, each } = await lab.ask<{ ms: number; each: number[] }>(`/sites/views/${side}?times=${calls}`);
    latencies[side].push(percentile(each, 99));
    return calls / (ms / 1_000);
  };
  const sides = { party: perSecond("party"), d1: perSecond("d1") };
  for (const warmUp of Object.values(sides)) await warmUp();
  const found = await interleaved(rounds, sides);
  const [party, d1] = [median(found.party), median(found.d1)];
  const [partyP99, d1P99] = [median(latencies.party), median(latencies.d1)];
  return [
    {
      what: "Page views, 32 at once: configuration, limit and view, views/s",
      values: { "D1: SELECT and INSERT a view, no limit": whole(d1), "Understory, one admit": whole(party) },
      figure: `${(party / d1).toFixed(2)} times D1`,
      target: "at least 3 times D1",
      met: party / d1 >= 3,
    },
    {
      what: "The same: p99, ms",
      values: { D1: d1P99.toFixed(1), Understory: partyP99.toFixed(1) },
      figure: `${(partyP99 / d1P99).toFixed(2)} times D1`,
      target: "no more than D1",
      met: partyP99 <= d1P99,
    },
  ];
}

/** See costs.ts, which counts inside of the worker. */
interface Costs {
  requests: number;
  rowsWritten: number;
  d1Reads: number;
  d1Writes: number;
}

/** A row of the cost table. */
export interface CostRow extends Costs {
  what: string;
  /** What the requirements hoped for. */
  claimed: string;
}

/** What 10,000 views and 1,000 reactions cost, all counted until the last row has arrived. */
export async function costTable(lab: Lab): Promise<CostRow[]> {
  await lab.ask("/sites/prepare");
  const views = await lab.ask<Costs & { counted: number }>("/sites/costs?times=10000");
  if (views.counted !== 10_000) throw new Error(`${views.counted} of 10,000 views were counted`);
  const byD1 = await lab.ask<Costs>("/sites/costs/d1?times=10000");
  const post = "pst_00000000000000000cost";
  await lab.ask(`/wake/kernel/fill?name=${post}&times=0`);
  const reactions = await lab.ask<Costs & { counted: number }>(`/reactions?name=${post}&times=1000`);
  if (reactions.counted !== 1_000) throw new Error(`D1 counts ${reactions.counted} reactions of 1,000`);
  return [
    { what: "10,000 page views", claimed: "1 request, 1 D1 write", ...pick(views) },
    { what: "the same, D1 for everything", claimed: "10,000 D1 reads", ...pick(byD1) },
    { what: "1,000 reactions", claimed: "1,000 requests, 10 D1 writes", ...pick(reactions) },
  ];
}

const pick = ({ requests, rowsWritten, d1Reads, d1Writes }: Costs): Costs => ({
  requests,
  rowsWritten,
  d1Reads,
  d1Writes,
});

const whole = (value: number): string => Math.round(value).toLocaleString("en");
