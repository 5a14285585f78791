import type { Finding, Scale } from "./cases.ts";
import type { Lab } from "./lab.ts";
import { interleaved, median } from "./statistics.ts";

/** Writes in one request to the benchmark's worker. */
const WRITES = 32;

/** What the one party that all accounts share can take, and that reading does not go there. */
export async function users(lab: Lab, { rounds, calls }: Scale): Promise<Finding[]> {
  return [await reads(lab, calls), await writes(lab, rounds, calls), await webhooks(lab, rounds, calls)];
}

async function reads(lab: Lab, times: number): Promise<Finding> {
  const { calls, ms } = await lab.ask<{ calls: number; ms: number }>(`/users/reads?times=${times}`);
  return {
    what: `${times} reads of /api/me and /api/users/:id: calls to the users party`,
    values: { Understory: `${calls}, at ${whole(times / (ms / 1_000))} reads/s` },
    figure: `${calls} calls`,
    target: "none",
    met: calls === 0,
  };
}

async function writes(lab: Lab, rounds: number, calls: number): Promise<Finding> {
  const times = Math.ceil(calls / WRITES);
  const perSecond = (side: string) => async () => {
    const { ms } = await lab.ask<{ ms: number }>(`/users/write/${side}?times=${times}`);
    return (times * WRITES) / (ms / 1_000);
  };
  const sides = { bare: perSecond("bare"), party: perSecond("party") };
  for (const warmUp of Object.values(sides)) await warmUp();
  const found = await interleaved(rounds, sides);
  const [bare, party] = [median(found.bare), median(found.party)];
  return {
    what: `Writes to the users party, ${WRITES} at once: writes/s`,
    values: { "bare PartyServer, one UPDATE": whole(bare), "Understory, projected and versioned": whole(party) },
    figure: `${(party / bare).toFixed(2)} of bare`,
    target: "at least 0.7 of bare",
    met: party / bare >= 0.7,
  };
}

async function webhooks(lab: Lab, rounds: number, calls: number): Promise<Finding> {
  const times = Math.ceil(calls / 4);
  const perSecond = async () => {
    const { ms } = await lab.ask<{ ms: number }>(`/users/webhooks?times=${times}`);
    return times / (ms / 1_000);
  };
  await perSecond();
  const { edge } = await interleaved(rounds, { edge: perSecond });
  return {
    what: "Webhooks of new people, from the signature to the answer: messages/s",
    values: { Understory: whole(median(edge)) },
    figure: `${whole(median(edge))} a second`,
    target: "recorded",
    met: true,
  };
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
