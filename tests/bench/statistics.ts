export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * Runs the sides of a comparison in turn, several rounds, so that whatever the machine does meanwhile touches them all.
 * Answers each side's values in order.
 */
export async function interleaved<Side extends string>(
  rounds: number,
  sides: Record<Side, (round: number) => Promise<number>>,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards: neither side is always the one that finds the caches warm.
    for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(await sides[name](round));
  }
  return results;
}
