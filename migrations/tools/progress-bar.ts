const WIDTH = 30;

/** How far something is, in one line. */
export interface Progress {
  done: number;
  total: number;
  /** Milliseconds since it began, or since it went on. */
  elapsedMs: number;
  /** How much of `done` was done in that time. */
  doneSince: number;
}

/** `[#########---------------------] 30 %  15,000 of 50,000  1,850/s  19 s left` */
export function progressLine({ done, total, elapsedMs, doneSince }: Progress): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * WIDTH);
  const perSecond = elapsedMs === 0 ? 0 : (doneSince * 1_000) / elapsedMs;
  const left = perSecond === 0 ? "" : `  ${seconds(Math.max(0, total - done) / perSecond)} left`;
  return [
    `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${Math.floor(share * 100)} %`,
    `  ${number(done)} of ${number(total)}  ${number(Math.round(perSecond))}/s${left}`,
  ].join("");
}

/** Writes a line that replaces the one before on a terminal; elsewhere each stands for itself. */
export function showLine(line: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(stream.isTTY ? `\r\u001B[K${line}` : `${line}\n`);
}

/** Ends the line that is being replaced. */
export function endLine(stream: NodeJS.WriteStream = process.stdout): void {
  if (stream.isTTY) stream.write("\n");
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function seconds(value: number): string {
  return value < 90 ? `${Math.ceil(value)} s` : `${Math.ceil(value / 60)} min`;
}
