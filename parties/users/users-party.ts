import { z } from "zod";
import { sessionAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import type { AuditKind } from "../../schema/http/audit.ts";
import { userIdSchema } from "../../schema/ids.ts";
import type { UsersProtocol } from "../../schema/parties/users.ts";
import { DELETED_PERSON, partsOfName } from "../../schema/people.ts";
import type { Person } from "../../schema/principal.ts";
import type { UserDataKey, UserDataValue } from "../../schema/user-data.ts";
import { DELETION_WAIT_MS } from "../../schema/users.ts";
import {
  type Admission,
  auditStatements,
  command,
  type FrameHandlers,
  job,
  partyOf,
  procedure,
  type Statement,
} from "../kernel/index.ts";
import { noteActivity } from "./activity.ts";
import { adoptFromD1 } from "./adoption.ts";
import { accountOf, type Changed, changedCopy, type Copies, type Ended, endedCopy } from "./copies.ts";
import { allData, entryOf, parseValue, readData, removeData, requireWriter, writeData } from "./data.ts";
import { bury, identitiesOf } from "./identities.ts";
import * as input from "./inputs.ts";
import { Move } from "./legacy/move.ts";
import { Mail } from "./mail.ts";
import { noteFirstName, noteName } from "./names.ts";
import { requirePower } from "./powers.ts";
import { isProjected, tracesOf, userStatement } from "./projection.ts";
import { type Change, UserRecords, type UserRow } from "./records.ts";
import { signIn } from "./sign-in.ts";
import { usersSpec } from "./spec.ts";
import type { How, Store } from "./store.ts";

/** How late D1 may be. Whoever waits for an answer has it brought up to date at once, see server/users/settle.ts. */
const PROJECT_WITHIN_MS = 1_000;
const PRUNE_EVERY_MS = 24 * 60 * 60_000;
/** Posts that are told in one run of the job that somebody's name is gone. */
const TRACES_A_RUN = 200;
/** What somebody wrote last may still be on its way to D1 when their account ends: it is looked for again. */
const SECOND_LOOK_MS = 10 * 60_000;

/**
 * Everybody who has an account.
 *
 * Name: always "singleton". Truth: who people are, how they come in, what they may do, and what is kept of them beside
 * that. D1 `users` and each person's session party have copies, which reading goes to; this party is asked to change
 * something, and by those who must see the truth.
 */
export class UsersParty extends partyOf(usersSpec) {
  #known: UserRecords<How> | undefined;
  /** Whose copies elsewhere have become old; undefined while nobody asks. */
  #stale: { userIds: Set<string>; ended: Ended[] } | undefined;
  readonly #mail = new Mail({
    store: () => this.#store,
    transact: (work) => this.transact(work),
    collecting: (work) => this.#collecting(work),
  });
  readonly #move = new Move({
    env: this.env,
    store: () => this.#store,
    transact: (work) => this.transact(work),
    unsent: () => this.unsent,
    once: (name, due) => this.transact(() => this.schedule.once(name, due)),
  });

  /** Who signed up before there was a users party stands in D1 only. Until they are here, nothing is answered. */
  override async onStart(): Promise<void> {
    await adoptFromD1(
      this.env.DB,
      () => this.#store,
      (work) => this.transact(work),
    );
    this.transact(() => this.schedule.every("pruneMail", { ms: PRUNE_EVERY_MS }));
    this.#move.begin();
  }

  protected override enter(): Admission {
    throw new PartyError("forbidden", { message: "Nobody connects here" });
  }

  protected override snapshot(): Record<string, never> {
    return {};
  }

  override readonly frames: FrameHandlers<UsersProtocol> = {};

  override readonly methods = {
    ...this.#mail.methods,
    ...this.#move.methods,

    // --- The users table. See records.ts.

    create: command(input.newUser, ({ attributes }) => this.#records.create(attributes)),
    find: procedure(input.byUser, ({ userId }) => this.#records.find(userId)),
    findBy: procedure(input.where, ({ where }) => this.#records.findBy(where) ?? null),
    where: procedure(input.query, (query) => this.#records.where(query)),
    first: procedure(input.query.omit({ limit: true }), (query) => this.#records.first(query) ?? null),
    all: procedure(input.query.omit({ where: true }), (query) => this.#records.all(query)),
    count: procedure(input.where, ({ where }) => this.#records.count(where)),
    exists: procedure(input.where, ({ where }) => this.#records.exists(where)),
    update: command(input.update, ({ userId, changes, version }) => this.#records.update(userId, changes, { version })),
    upsert: command(input.namedUser, ({ attributes }) => this.#records.upsert(attributes)),
    destroy: command(input.byUser, ({ userId }) => this.#records.destroy(userId)),
    transaction: command(input.steps, ({ steps }) => this.#records.transaction(steps)),

    // --- Coming in

    /**
     * Finds or makes the account of somebody whom a provider vouches for.
     * @throws PartyError `forbidden` for a suspended account, `gone` for one whose provider has deleted it
     */
    signIn: command(input.signIn, (who): Changed => this.#changed(signIn(this.#store, who))),

    /** Counts a sign-in, or notes that somebody was here. Nobody to us: nothing. */
    noteActivity: command(input.activity, (activity) => {
      if (this.#records.findOrNull(activity.userId) !== undefined) noteActivity(this.#store, activity);
    }),

    // --- A person's own account

    /** The record, the ways in, and everything that is kept beside it. */
    describe: procedure(input.byUser, ({ userId }) => {
      const user = this.#records.find(userId);
      const identities = identitiesOf(this.db, userId).map(({ provider, subject, createdAt }) => ({
        provider,
        subject,
        createdAt,
      }));
      return { user, identities, data: allData(this.db, userId) };
    }),

    changeProfile: command(input.ownChanges, ({ userId, changes }): Changed =>
      this.#changed(this.#records.update(userId, changes)),
    ),

    listData: procedure(input.byUser, ({ userId }) => allData(this.db, this.#records.find(userId).id)),
    readData: procedure(input.byKey, ({ userId, key }) => entryOf(this.db, this.#records.find(userId).id, key)),
    /** @throws PartyError `forbidden` for a key that is not the person's to write, `unprocessable` */
    writeData: command(input.newData, ({ userId, key, value }) => {
      requireWriter(key, "self");
      this.#writeData(userId, key, parseValue(key, value));
      return { entry: entryOf(this.db, userId, key), changed: this.#changed(this.#records.find(userId)) };
    }),
    removeData: command(input.byKey, ({ userId, key }): Changed => {
      requireWriter(key, "self");
      removeData(this.db, this.#records.find(userId).id, key);
      return this.#changed(isToldToDevices(key) ? this.#records.touch(userId) : this.#records.find(userId));
    }),

    /** Deletes the account in seven days; asked for again, it stays at the first date. */
    requestDeletion: command(input.byUser, ({ userId }): Changed => {
      const { deleteAt } = this.#records.find(userId);
      if (deleteAt === null) this.#audit(userId, "deletion_requested", {});
      return this.#changed(
        this.#records.update(userId, { deleteAt: deleteAt ?? this.runtime.now() + DELETION_WAIT_MS }),
      );
    }),
    cancelDeletion: command(input.byUser, ({ userId }): Changed => {
      if (this.#records.find(userId).deleteAt !== null) this.#audit(userId, "deletion_cancelled", {});
      return this.#changed(this.#records.update(userId, { deleteAt: null }));
    }),
    noteExport: command(input.byUser, ({ userId }) => this.#audit(userId, "data_exported", {})),

    // --- What administrators do

    /** @throws PartyError `forbidden` for what the actor may not do to this person */
    changeUser: command(input.adminChanges, ({ actorId, userId, changes }): Changed => {
      const before = this.#records.find(userId);
      requirePower(this.#records.findOrNull(actorId), before, changes);
      const { flags, ...record } = changes;
      if (flags !== undefined) this.#changeFlags(actorId, userId, flags);
      const suspendedBy =
        changes.status === undefined ? {} : { suspendedBy: changes.status === "suspended" ? actorId : null };
      const after = this.#records.update(userId, { ...record, ...suspendedBy }, { how: { actorId } });
      if (before.role !== after.role)
        this.#audit(userId, "role_changed", { actorId, detail: `${before.role} to ${after.role}` });
      if (before.status !== after.status)
        this.#audit(userId, "status_changed", { actorId, detail: `${before.status} to ${after.status}` });
      if (before.name !== after.name)
        this.#audit(userId, "name_changed", { actorId, detail: `${before.name} to ${after.name}` });
      return this.#changed(after);
    }),
    /** Deletes an account at once. */
    removeUser: command(input.byAdmin, ({ actorId, userId }): Ended => {
      const user = this.#records.find(userId);
      requirePower(this.#records.findOrNull(actorId), user, "delete");
      this.#records.destroy(userId, { actorId });
      return endedCopy(user, this.runtime.now());
    }),

    /** Makes the copies elsewhere follow now. Answers how many rows still wait because their receiver is away. */
    flush: procedure(z.object({}), async () => ({ waiting: await this.flushOutbox() })),
  };

  override readonly jobs = {
    ...this.#mail.jobs,
    ...this.#move.jobs,
    /** Ends an account whose owner has wanted that for seven days. */
    deleteAccount: job(input.byUser, ({ userId }) => {
      this.transact(() => {
        const deleteAt = this.#records.findOrNull(userId)?.deleteAt;
        if (deleteAt != null && deleteAt <= this.runtime.now()) this.#records.destroy(userId);
      });
    }),
    /** Tells the posts where somebody wrote and the sites that they belong to, some at a time, that they are gone. */
    forgetAuthor: job(
      z.object({ userId: userIdSchema, after: z.string(), isLast: z.boolean() }),
      async ({ userId, after, isLast }) => {
        const traces = await tracesOf(this.env.DB, userId, after, TRACES_A_RUN);
        const last = traces.at(-1);
        this.transact(() => {
          for (const { party, name } of traces) {
            if (party === "tenant") this.sendToParty({ party, name }, "forgetPerson", { userId });
            else this.sendToParty({ party, name }, "personChanged", { person: nobody(userId) });
          }
          if (traces.length === TRACES_A_RUN && last !== undefined)
            this.#forgetAuthor({ userId, after: last.key, isLast }, 0);
          else if (!isLast) this.#forgetAuthor({ userId, after: "", isLast: true }, SECOND_LOOK_MS);
        });
      },
    ),
  };

  // --- How it works: the records, and who must hear of a change

  get #records(): UserRecords<How> {
    return (this.#known ??= new UserRecords<How>(this.db, {
      now: () => this.runtime.now(),
      transact: (work) => this.transact(work),
      changed: (change) => this.#tell(change),
    }));
  }

  get #store(): Store {
    return { db: this.db, records: this.#records, now: this.runtime.now() };
  }

  /** Part of the transaction of every change to a user, whoever makes it. */
  #tell(change: Change<How>): void {
    const { before, after, how } = change;
    this.#move.note(change);
    if (after === undefined) {
      if (before !== undefined) this.#tellOfEnd(before, how);
      return;
    }
    this.#stale?.userIds.add(after.id);
    if (isProjected(before, after)) this.#project(after.id, userStatement(after));
    if (before?.name !== after.name && how?.nameIsNoted !== true) this.#noteOwnName(before, after, how);
    // Whoever has never signed in has no session party, and must not get one by this.
    if (before !== undefined && before.signedInAt !== null)
      this.#tellDevices(after.id, "updateAccount", accountOf(this.db, after));
    if (before !== undefined && before.deleteAt !== after.deleteAt) this.#planDeletion(after);
  }

  #tellOfEnd(before: UserRow, how: How | undefined): void {
    const { id } = before;
    bury(this.db, before, this.runtime.now());
    const ended = endedCopy(before, this.runtime.now());
    const { version, hasSessions, projection } = ended;
    this.#stale?.ended.push(ended);
    this.#project(id, projection);
    if (hasSessions) this.#tellDevices(id, "closeAccount", { version });
    this.schedule.cancel(deletionJob(id));
    this.#forgetAuthor({ userId: id, after: "", isLast: false }, 0);
    this.#audit(id, "account_deleted", how?.actorId === undefined ? {} : { actorId: how.actorId });
  }

  #project(userId: string, statement: Statement): void {
    this.sendToD1(statement, { withinMs: PROJECT_WITHIN_MS, slot: `user ${userId}` });
  }

  #tellDevices(userId: string, method: "updateAccount" | "closeAccount", message: object): void {
    const to = { party: sessionAddress.party, name: sessionAddress.build({ userId }) };
    this.sendToParty(to, method, message, { slot: "account" });
  }

  #planDeletion({ id: userId, deleteAt }: UserRow): void {
    const id = deletionJob(userId);
    if (deleteAt === null) this.schedule.cancel(id);
    else this.schedule.once("deleteAccount", { at: deleteAt }, { id, input: { userId } });
  }

  #forgetAuthor(next: { userId: string; after: string; isLast: boolean }, inMs: number): void {
    this.schedule.once("forgetAuthor", { inMs }, { id: `forget ${next.userId}`, input: next });
  }

  #noteOwnName(before: UserRow | undefined, { id: userId, name, version }: UserRow, how: How | undefined): void {
    const now = this.runtime.now();
    const when = { userId, at: now, tieBreak: `here:${version}` };
    const sighting = { ...when, ...partsOfName(name), toldBy: null, changedBy: how?.actorId ?? null };
    if (before === undefined) noteFirstName(this.db, sighting);
    else noteName(this.db, sighting, now);
  }

  // --- How it works: answers

  #changed(user: UserRow): Changed {
    return changedCopy(this.db, user);
  }

  /** Runs `work` in a transaction, and answers what brings up to date the copies of all that it has changed. */
  #collecting<T>(work: () => T): { result: T; copies: Copies } {
    const stale = { userIds: new Set<string>(), ended: [] as Ended[] };
    this.#stale = stale;
    try {
      const result = this.transact(work);
      const users = [...stale.userIds].flatMap((id) => this.#records.findOrNull(id) ?? []);
      return { result, copies: { changed: users.map((user) => this.#changed(user)), ended: stale.ended } };
    } finally {
      this.#stale = undefined;
    }
  }

  // --- How it works: data beside the records

  #writeData<K extends UserDataKey>(userId: string, key: K, value: UserDataValue<K>): void {
    writeData(this.db, this.#records.find(userId).id, key, value, this.runtime.now());
    if (isToldToDevices(key)) this.#records.touch(userId);
  }

  #changeFlags(actorId: string, userId: string, changes: Record<string, boolean | null>): void {
    const merged = { ...readData(this.db, userId, "feature_flags"), ...changes };
    const flags = Object.fromEntries(Object.entries(merged).filter(([, on]) => on !== null));
    this.#writeData(userId, "feature_flags", parseValue("feature_flags", flags));
    const detail = Object.entries(changes)
      .map(([name, on]) => `${name} ${on === null ? "removed" : on ? "on" : "off"}`)
      .join(", ");
    this.#audit(userId, "flags_changed", { actorId, detail });
  }

  #audit(userId: string, kind: AuditKind, who: { actorId?: string; detail?: string }): void {
    const elsewhere = { sessionId: null, deviceName: null, ipAddress: null, provider: null };
    const line = { userId, kind, at: this.runtime.now(), ...elsewhere, ...who };
    for (const { statement, options } of auditStatements(this.env.DB, line)) this.sendToD1(statement, options);
  }
}

const deletionJob = (userId: string): string => `delete ${userId}`;

function isToldToDevices(key: UserDataKey): boolean {
  return key === "preferences" || key === "feature_flags";
}

/** What stays of somebody in what they wrote. */
function nobody(id: string): Person {
  return { id, name: DELETED_PERSON, picture: null };
}
