import fc from "fast-check";
import { expect } from "vitest";
import type { TestClock } from "../../helpers/clock.ts";
import { hibernate } from "../../helpers/objects.ts";
import type { Sessions } from "../support.ts";

/** Commands on a person's sessions, and a model that says what each should do (model-based testing, as fast-check has it). */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const GRACE_MS = 30 * SECOND_MS;

/** One session, told as simply as can be: the secrets it has had, the newest last. */
class ModelSession {
  readonly id: string;
  readonly bornAt: number;
  readonly endsAt: number;
  lastActive: number;
  isOver = false;
  readonly secrets: { secret: string; accessSecret: string; since: number }[];

  constructor(made: { sessionId: string; secret: string; accessSecret: string }, now: number, endsAt: number) {
    this.id = made.sessionId;
    this.bornAt = this.lastActive = now;
    this.endsAt = endsAt;
    this.secrets = [{ secret: made.secret, accessSecret: made.accessSecret, since: now }];
  }

  isLive(now: number): boolean {
    return !this.isOver && now < this.endsAt && now < this.lastActive + 7 * DAY_MS;
  }

  /** The secret that was given out so many refreshes ago, or the first. */
  secretAgo(n: number): { secret: string; accessSecret: string; age: number } {
    const age = Math.min(n, this.secrets.length - 1);
    const found = this.secrets.at(-1 - age);
    if (found === undefined) throw new Error("A session has a secret");
    return { ...found, age };
  }

  /** Whether a secret that has been replaced is shown too late for a retry. */
  isReuse(age: number, now: number): boolean {
    const successor = this.secrets.at(-age);
    return age > 0 && successor !== undefined && now - successor.since > GRACE_MS;
  }

  touch(now: number): void {
    if (now - this.lastActive >= MINUTE_MS) this.lastActive = now;
  }
}

export class Model {
  /** In the order of creation, those that are over included: what they have given out may still be shown. */
  readonly sessions: ModelSession[] = [];
  /** What the audit log says, and when. */
  readonly audit: { kind: string; at: number }[];
  readonly #clock: TestClock;

  constructor(audit: { kind: string; at: number }[], clock: TestClock) {
    this.audit = audit;
    this.#clock = clock;
  }

  pick(n: number): ModelSession | undefined {
    return this.sessions.length === 0 ? undefined : this.sessions[n % this.sessions.length];
  }

  live(now: number): ModelSession[] {
    return this.sessions.filter((session) => session.isLive(now));
  }

  /** Least recently used first; of those used at the same time the oldest. */
  byUse(now: number): ModelSession[] {
    return this.live(now).toSorted((a, b) => a.lastActive - b.lastActive);
  }

  end(session: ModelSession, kind: string): void {
    session.isOver = true;
    this.note(kind);
  }

  note(kind: string): void {
    this.audit.push({ kind, at: this.#clock.now() });
  }
}

export interface Real {
  sessions: Sessions;
  clock: TestClock;
}
type Run = (model: Model, real: Real) => Promise<void>;

/** A command that needs no more than its name and what it does. */
class Command implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #run: Run;
  constructor(name: string, run: Run) {
    this.#name = name;
    this.#run = run;
  }
  check = () => true;
  run: Run = async (model, real) => await this.#run(model, real);
  toString = () => this.#name;
}

/** The list that the person sees is what the model holds. */
export async function expectList(model: Model, { sessions, clock }: Real): Promise<void> {
  const { sessions: list } = await sessions.party.listSessions({});
  expect(list.map(({ id }) => id)).toEqual(
    model
      .byUse(clock.now())
      .map(({ id }) => id)
      .toReversed(),
  );
}

function create(expiresInS: number | undefined, replaces: number | undefined): Run {
  return async (model, { sessions, clock }) => {
    const now = clock.now();
    const replaced = replaces === undefined ? undefined : model.pick(replaces);
    const made = await sessions.create({
      ...(expiresInS !== undefined && { expiresIn: expiresInS }),
      ...(replaced && { replaces: { sessionId: replaced.id, secret: replaced.secretAgo(0).secret } }),
    });
    if (replaced?.isLive(now)) model.end(replaced, "session_displaced");
    model.note("sign_in");
    model.sessions.push(
      new ModelSession(made, now, now + (expiresInS === undefined ? 30 * DAY_MS : expiresInS * SECOND_MS)),
    );
    const tooMany = model.byUse(now).slice(0, Math.max(0, model.live(now).length - 10));
    for (const session of tooMany) model.end(session, "session_displaced");
  };
}

function refresh(which: number, ago: number): Run {
  return async (model, { sessions, clock }) => {
    const session = model.pick(which);
    if (session === undefined) return;
    const now = clock.now();
    const shown = session.secretAgo(ago);
    const answer = await sessions.refresh({ sessionId: session.id, secret: shown.secret });
    if (!session.isLive(now)) return expect(answer).toEqual({ state: "refused" });
    if (session.isReuse(shown.age, now)) {
      expect(answer).toEqual({ state: "refused" });
      return model.end(session, "refresh_reuse");
    }
    if (answer.state !== "refreshed") throw new Error(`The refresh was ${answer.state}`);
    const { secret, accessSecret } = answer;
    const newest = session.secretAgo(0);
    // Never two live successors: a retry is told the newest.
    if (shown.age > 0) expect({ secret, accessSecret }).toEqual({ ...newest, age: undefined, since: undefined });
    else {
      expect(session.secrets.map((one) => one.secret)).not.toContain(secret);
      session.secrets.push({ secret, accessSecret, since: now });
    }
    session.lastActive = now;
  };
}

function validate(which: number, ago: number): Run {
  return async (model, { sessions, clock }) => {
    const session = model.pick(which);
    if (session === undefined) return;
    const now = clock.now();
    const shown = session.secretAgo(ago);
    const found = await sessions.cookie({ sessionId: session.id, secret: shown.secret });
    const reuse = session.isLive(now) && session.isReuse(shown.age, now);
    expect(found.valid).toBe(session.isLive(now) && !reuse);
    if (reuse) return model.end(session, "refresh_reuse");
    if (found.valid) {
      const issuedAt = session.secrets.at(-1)?.since ?? now;
      const accessEnd = Math.min(issuedAt + 15 * MINUTE_MS, session.endsAt);
      const isHalfGone = accessEnd - now <= 7.5 * MINUTE_MS && accessEnd < session.endsAt;
      expect(found.needsRefresh).toBe(shown.age > 0 || isHalfGone);
      session.touch(now);
    }
  };
}

function access(which: number, ago: number): Run {
  return async (model, { sessions, clock }) => {
    const session = model.pick(which);
    if (session === undefined) return;
    const now = clock.now();
    const { accessSecret, age } = session.secretAgo(ago);
    const [successor, own] = [session.secrets.at(-age), session.secrets.at(-1 - age)];
    const ownEnd = (own?.since ?? now) + 15 * MINUTE_MS;
    const end = age === 0 || successor === undefined ? ownEnd : Math.min(ownEnd, successor.since + GRACE_MS);
    const { valid } = await sessions.access({ sessionId: session.id, accessSecret });
    expect(valid).toBe(session.isLive(now) && age < 2 && now < end);
    if (valid) session.touch(now);
  };
}

function revoke(which: number): Run {
  return async (model, { sessions, clock }) => {
    const session = model.pick(which);
    if (session === undefined) return;
    const wasLive = session.isLive(clock.now());
    expect(await sessions.party.revokeSession({ sessionId: session.id })).toEqual({ revoked: wasLive });
    if (wasLive) model.end(session, "session_revoked");
    // Nothing that it ever gave out is good from here on.
    for (const { secret, accessSecret } of session.secrets.slice(-3)) {
      expect(await sessions.cookie({ sessionId: session.id, secret })).toEqual({ valid: false });
      expect(await sessions.access({ sessionId: session.id, accessSecret })).toEqual({ valid: false });
    }
  };
}

function revokeAll(except: number | undefined): Run {
  return async (model, { sessions, clock }) => {
    const kept = except === undefined ? undefined : model.pick(except);
    const ended = model.live(clock.now()).filter((session) => session !== kept);
    const input = kept === undefined ? {} : { except: kept.id };
    expect(await sessions.party.revokeAllSessions(input)).toEqual({ revoked: ended.length });
    for (const session of ended) model.end(session, "session_revoked");
  };
}

function wait(ms: number): Run {
  return async (model, real) => {
    real.clock.advance(ms);
    await expectList(model, real);
  };
}

/** Where every sequence begins, whatever the one before has left. */
export async function beginAnew(model: Model, real: Real): Promise<void> {
  const { revoked } = await real.sessions.party.revokeAllSessions({});
  for (let n = 0; n < revoked; n++) model.note("session_revoked");
  for (let n = 0; n < 2; n++) await create(undefined, undefined)(model, real);
}

const which = fc.nat({ max: 11 });
/** Mostly the current secret, often the one before, sometimes one that is older. */
const ago = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const waits = [
  1,
  1,
  GRACE_MS - 1,
  GRACE_MS,
  GRACE_MS + 1,
  MINUTE_MS,
  8 * MINUTE_MS,
  DAY_MS,
  7 * DAY_MS - 1,
  7 * DAY_MS,
];

const shows = (name: string, run: (n: number, back: number) => Run) =>
  fc.tuple(which, ago).map(([n, back]) => new Command(`${name}(${n}, ${back} ago)`, run(n, back)));

/** As often as they stand here. */
export const commands = [
  fc
    .tuple(
      fc.constantFrom(undefined, undefined, 60, 3_600, 30 * 24 * 3_600),
      fc.option(which, { nil: undefined, freq: 3 }),
    )
    .map(([expiresIn, replaces]) => new Command(`create(${expiresIn}, ${replaces})`, create(expiresIn, replaces))),
  shows("refresh", refresh),
  shows("refresh", refresh),
  shows("refresh", refresh),
  shows("refresh", refresh),
  shows("validate", validate),
  shows("validate", validate),
  shows("access", access),
  which.map((n) => new Command(`revoke(${n})`, revoke(n))),
  fc.option(which, { nil: undefined }).map((except) => new Command(`revokeAll(but ${except})`, revokeAll(except))),
  fc.constantFrom(...waits).map((ms) => new Command(`wait(${ms})`, wait(ms))),
  fc.constant(new Command("evict", async (_, { sessions }) => await hibernate(sessions.object))),
];
