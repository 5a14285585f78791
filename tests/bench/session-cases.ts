import { setTimeout as wait } from "node:timers/promises";
import type { WebSocket } from "ws";
import type { Finding, Scale } from "./cases.ts";
import { cutAll, openAll } from "./crowds.ts";
import type { Lab } from "./lab.ts";
import { interleaved, median, percentile } from "./statistics.ts";

const DEVICES = 3;
const SIGN_INS_AT_ONCE = 100;
/** workerd puts an object to sleep when nothing has come for 10 s, and is busy with that for some time when there are thousands. */
const ASLEEP_AFTER_MS = 20_000;
const IDLE_WATCH_MS = 5_000;
/** Presence is told at most once a second; this long without a frame means that all is told. */
const QUIET_MS = 5_000;

/** Who is signed in: the edge asking the session party, against a row of D1, for the same cookie. */
export async function validation(lab: Lab, { rounds, calls }: Scale): Promise<Finding> {
  const perSecond = (side: string) => async () => {
    const { ms } = await lab.ask<{ ms: number }>(`/sessions/validate/${side}?times=${calls}`);
    return calls / (ms / 1_000);
  };
  const sides = { party: perSecond("party"), d1: perSecond("d1") };
  for (const warmUp of Object.values(sides)) await warmUp();
  const found = await interleaved(rounds, sides);
  const [party, d1] = [median(found.party), median(found.d1)];
  return {
    what: "Validating a session at the edge: calls/s, one at a time",
    values: { "D1 lookup": whole(d1), "Understory (0 D1 statements)": whole(party) },
    figure: `${(party / d1).toFixed(2)} times D1`,
    target: "at least 3 times D1",
    met: party / d1 >= 3,
  };
}

/** Memory of a session party, how long one takes to wake, one presence change of everybody, and what sleeping costs. */
export async function people(lab: Lab, { rounds, wakes, people: count }: Scale): Promise<Finding[]> {
  const before = lab.memory();
  const signedIn: { userId: string; sessions: string[] }[] = [];
  // A part a request: a connection that waits long for its answer is closed behind it.
  for (let first = 0; first < count; first += SIGN_INS_AT_ONCE) {
    const times = Math.min(SIGN_INS_AT_ONCE, count - first);
    signedIn.push(...(await lab.ask<typeof signedIn>(`/sessions/sign-in?first=${first}&times=${times}`)));
  }
  const bytes = (lab.memory() - before) / count;
  const wake = await wakeTime(lab, { rounds, wakes, userId: signedIn[0]?.userId ?? "" });

  const places = signedIn.flatMap(({ userId, sessions }) =>
    sessions.map((session) => `/parties/session/${userId}?batch=1&session=${session}`),
  );
  const rooms = signedIn.flatMap((_, room) => Array.from({ length: DEVICES }, () => `/parties/bare/room${room}`));
  const bare = await openAll(lab, rooms);
  const slow = await changeOfAll(bare, '{"by":1}', '"added"');
  await cutAll(bare);
  const sockets = await openAll(lab, places);
  const fast = await changeOfAll(
    sockets,
    '{"type":"update_presence","id":"p1","presence":"away"}',
    '"presence_updated"',
  );

  await wait(ASLEEP_AFTER_MS);
  const cpuBefore = lab.cpu();
  await wait(IDLE_WATCH_MS);
  const cpu = ((lab.cpu() - cpuBefore) / IDLE_WATCH_MS) * 100;
  await cutAll(sockets);
  return [
    {
      what: `Memory for each of ${count} session parties with ${DEVICES} sessions, KiB`,
      values: { Understory: (bytes / 1024).toFixed(1) },
      figure: `${(bytes / 1024).toFixed(1)} KiB`,
      target: "recorded",
      met: true,
    },
    wake,
    {
      what: `${count} people on ${DEVICES} devices change their presence once: frames to each device`,
      values: { "bare PartyServer": fewestAndMost(slow), Understory: fewestAndMost(fast) },
      figure: `${fewestAndMost(fast)} frames, the last after ${Math.round(fast.ms)} ms (bare: ${Math.round(slow.ms)} ms)`,
      target: "each device told once",
      met: fast.fewest === 1 && fast.most === 1,
    },
    {
      what: `${sockets.length} sleeping sockets: processor time`,
      values: { Understory: `${cpu.toFixed(2)} % of a core` },
      figure: `${cpu.toFixed(2)} %`,
      target: "under 1 % of a core",
      met: cpu < 1,
    },
  ];
}

async function wakeTime(
  lab: Lab,
  { rounds, wakes, userId }: { rounds: number; wakes: number; userId: string },
): Promise<Finding> {
  const wake = (path: string) => async () => (await lab.ask<{ ms: number }>(`${path}&times=${wakes}`)).ms / wakes;
  const sides = { bare: wake("/wake/counter?name=wakes"), session: wake(`/wake/session?name=${userId}`) };
  for (const warmUp of Object.values(sides)) await warmUp();
  const found = await interleaved(rounds, sides);
  const [bare, session] = [median(found.bare), median(found.session)];
  return {
    what: "Waking a session party: list of devices, ms",
    values: { "bare PartyServer, one row": bare.toFixed(2), Understory: session.toFixed(2) },
    figure: `${session.toFixed(2)} ms`,
    target: "under 2 ms",
    met: session < 2,
  };
}

interface Told {
  ms: number;
  fewest: number;
  most: number;
}

const fewestAndMost = ({ fewest, most }: Told): string => (fewest === most ? String(most) : `${fewest} to ${most}`);

/** The first device of each person sends `frame`; counts what each device hears of it until all is quiet. */
async function changeOfAll(sockets: readonly WebSocket[], frame: string, heard: string): Promise<Told> {
  const counts = sockets.map(() => 0);
  let lastFrameAt = performance.now();
  sockets.forEach((socket, index) => {
    socket.on("message", (data: Buffer) => {
      if (!data.includes(heard)) return;
      lastFrameAt = performance.now();
      counts[index] = (counts[index] ?? 0) + 1;
    });
  });
  const quiet = async (): Promise<void> => {
    for (let left = QUIET_MS; left > 0; left = lastFrameAt + QUIET_MS - performance.now()) await wait(Math.ceil(left));
  };
  // What coming in has caused belongs to nobody's change.
  await quiet();
  counts.fill(0);
  const start = performance.now();
  lastFrameAt = start;
  for (let device = 0; device < sockets.length; device += DEVICES) sockets[device]?.send(frame);
  await quiet();
  return { ms: lastFrameAt - start, fewest: percentile(counts, 0), most: percentile(counts, 100) };
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
