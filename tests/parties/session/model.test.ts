import fc from "fast-check";
import { expect, test } from "vitest";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { givenSessions } from "../support.ts";
import { auditOf } from "./audit-rows.ts";
import { beginAnew, commands, expectList, Model } from "./session-model.ts";

withD1Migrations();

test(
  "whatever is created, refreshed, retried, shown and revoked, and whenever the party is evicted, a session is good exactly when it should be",
  { timeout: 60_000 },
  async () => {
    const clock = useClock();
    // One person lives through all sequences: what one leaves behind must not matter to the next.
    const sessions = givenSessions();
    const audit: { kind: string; at: number }[] = [];
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 25, size: "medium" }), async (sequence) => {
        const model = new Model(audit, clock);
        const real = { sessions, clock };
        await beginAnew(model, real);
        await fc.asyncModelRun(() => ({ model, real }), sequence);

        await expectList(model, real);
        for (const session of model.sessions) {
          const { valid } = await sessions.cookie({ sessionId: session.id, secret: session.secretAgo(0).secret });
          expect(valid).toBe(session.isLive(clock.now()));
        }
      }),
      { numRuns: 100, endOnFailure: true },
    );
    // The newest line has removed those older than 180 days.
    const keptFrom = (audit.at(-1)?.at ?? 0) - 180 * 24 * 60 * 60_000;
    const kept = audit.filter(({ at }) => at >= keptFrom);
    expect(tally(await auditOf(sessions))).toEqual(tally(kept));
  },
);

/** How often each kind is there. */
function tally(lines: readonly { kind: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of lines) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
