import { Cron } from "croner";
import { z } from "zod";

/** How a job comes round. `anchor` is the deadline that an interval is counted from, so that late runs do not shift later ones. */
export const recurrenceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("every"), everyMs: z.number().int().positive(), anchor: z.number().int() }),
  z.object({ kind: z.literal("cron"), pattern: z.string(), zone: z.string() }),
]);
export type Recurrence = z.infer<typeof recurrenceSchema>;

/**
 * The first deadline after `now`. Deadlines that passed unnoticed are skipped, not made up for.
 * Cron patterns have five fields and are read in their IANA zone: at a daylight-saving change a local time that does
 * not exist moves to the next one that does, and one that occurs twice runs once (croner's rules).
 * @throws RangeError for a pattern that never comes.
 */
export function nextDeadline(recurrence: Recurrence, now: number): number {
  if (recurrence.kind === "every") {
    const { everyMs, anchor } = recurrence;
    return anchor + (Math.floor((now - anchor) / everyMs) + 1) * everyMs;
  }
  const next = new Cron(recurrence.pattern, { timezone: recurrence.zone, paused: true }).nextRun(new Date(now));
  if (next === null) throw new RangeError(`The pattern "${recurrence.pattern}" never comes`);
  return next.getTime();
}
