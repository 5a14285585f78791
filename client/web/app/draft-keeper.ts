import type { Draft, DraftSave } from "../../../schema/http/admin/drafts.ts";
import { type Clock, systemClock } from "../../core/environment.ts";
import { ApiError, messageOf } from "../api.ts";
import type { DraftShelf, KeptDraft } from "./draft-shelf.ts";
import { bothFields, draftOf, type Fields, fieldsOfDraft, isSame } from "./fields.ts";

/** The server's side of drafts. Each throws an ApiError. */
export interface DraftServer {
  /** Null when there is none. */
  load(slug: string): Promise<Draft | null>;
  /** @param isLeaving whether the page may be gone before the answer is there */
  save(slug: string, draft: DraftSave, isLeaving: boolean): Promise<Draft>;
  /** Deletes the draft if it still is of this revision. */
  remove(slug: string, revision: number): Promise<void>;
}

/** Where what was typed is, while the post itself does not have it. */
export type DraftStatus =
  /** The post has everything. */
  | { state: "none" }
  /** On this device, and not on the server: because it is a moment old, or for a reason. */
  | { state: "here"; reason: string | null }
  | { state: "saving" }
  | { state: "saved" }
  /** Nowhere but on the page. */
  | { state: "nowhere"; reason: string | null };

export interface DraftView {
  /** What the editor shows. */
  readonly fields: Fields;
  readonly status: DraftStatus;
  /** Whether the text is what was left here last time. */
  readonly isRestored: boolean;
  /** A draft that another device has saved, to be continued or discarded. */
  readonly offer: Draft | null;
  /** Another device's version of the draft, which ours has lost against. Nothing is sent until somebody decides. */
  readonly conflict: Draft | null;
  /** Whether the conflict was there before anybody typed. */
  readonly wasLeft: boolean;
}

/** One of them may have arrived; of more it is forgotten, and somebody asked in the end. */
const MAX_UNANSWERED = 5;

interface DraftKeeperOptions {
  /** Address of the post, or what stands for it while it has none. */
  slug: string;
  /** As the post is. */
  fields: Fields;
  /** Null for a post that was never saved. */
  postRevision: number | null;
  shelf: DraftShelf;
  server: DraftServer;
  /** From one save to the server to the next. */
  intervalMs: number;
  /** Whether this person has no drafts on the server. */
  isLocalOnly?: boolean;
  clock?: Clock;
}

/**
 * Keeps what somebody types before it is saved as a post: on this device at every key, and on the server every
 * `intervalMs` and when the page is left. Whoever may not keep drafts on the server has them here alone.
 */
export class DraftKeeper {
  /** Which browser this is, once that is known. */
  #deviceId = "browser";
  #slug: string;
  /** What the post has. */
  #saved: Fields;
  #postRevision: number | null;
  readonly #shelf: DraftShelf;
  readonly #server: DraftServer;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #view: DraftView;
  /** Revision of the server's draft that ours was made from. */
  #revision = 0;
  /** What the server's draft of that revision says, or null for nothing. */
  #sent: Fields | null = null;
  /** What was sent and may have arrived: the last few tries. */
  #unanswered: readonly Fields[] = [];
  #isLocalOnly: boolean;
  /** Why the server does not have it, when saving has failed. */
  #reason: string | null = null;
  #isClosed = false;
  #saving: Promise<void> | undefined;
  #cancelSave: (() => void) | undefined;

  constructor(options: DraftKeeperOptions) {
    const { slug, fields, postRevision, shelf, server, intervalMs, isLocalOnly = false, clock = systemClock } = options;
    this.#slug = slug;
    this.#saved = fields;
    this.#view = { fields, status: { state: "none" }, isRestored: false, offer: null, conflict: null, wasLeft: false };
    this.#postRevision = postRevision;
    this.#shelf = shelf;
    this.#server = server;
    this.#intervalMs = intervalMs;
    this.#isLocalOnly = isLocalOnly;
    this.#clock = clock;
  }

  readonly getSnapshot = (): DraftView => this.#view;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  setDevice(deviceId: string): void {
    this.#deviceId = deviceId;
  }

  /** The revision of the post that these fields were made from. */
  get postRevision(): number | null {
    return this.#postRevision;
  }

  /** Looks for what was left behind: here it is continued, from elsewhere it is offered. */
  async open(): Promise<void> {
    const kept = await this.#shelf.open(this.#slug);
    const here = kept !== null && !isSame(kept.fields, this.#saved) ? kept : null;
    const theirs = await this.#load();
    if (theirs === undefined) {
      // Nobody knows what the server has: what was known when it was left is as good as any.
      this.#revision = here?.draftRevision ?? 0;
      this.#sent = here?.isSent === true ? here.fields : null;
    } else if (theirs !== null) {
      if (saysSame(theirs, here?.fields ?? this.#saved)) this.#agree(theirs);
      else if (here?.draftRevision === theirs.revision) this.#revision = theirs.revision;
      else if (here !== null && !here.isSent) this.#show({ conflict: theirs, wasLeft: true });
      else {
        // What is here was sent, and continued elsewhere.
        this.#shelf.clear(this.#slug);
        this.#show({ offer: theirs });
        return;
      }
    }
    // What was sent, and is gone since the post was saved again, went into it.
    const isOutdated = theirs === null && here?.isSent === true && here.postRevision !== this.#postRevision;
    if (here === null || isOutdated) this.#shelf.clear(this.#slug);
    else this.#continue(here);
  }

  /** The server's draft, null for none, undefined when it cannot be asked. */
  async #load(): Promise<Draft | null | undefined> {
    if (this.#isLocalOnly) return null;
    try {
      return await this.#server.load(this.#slug);
    } catch (error) {
      this.#isLocalOnly = isForbidden(error);
      if (this.#isLocalOnly) return null;
      this.#reason = messageOf(error);
      return undefined;
    }
  }

  #continue(here: KeptDraft): void {
    this.#postRevision = here.postRevision;
    this.#show({ fields: here.fields, isRestored: true });
    this.#keep();
    this.#saveLater();
  }

  /** Our text and the server's draft are the same. */
  #agree(draft: Draft): void {
    this.#revision = draft.revision;
    this.#sent = fieldsOfDraft(draft);
  }

  /** Lets go. What is here stays for the next editor. */
  close(): void {
    this.#isClosed = true;
    this.#cancelSave?.();
    this.#shelf.close();
  }

  change(fields: Fields): void {
    if (isSame(fields, this.#view.fields)) return;
    this.#show({ fields });
    this.#keep();
    this.#saveLater();
  }

  /** Puts the text on this device, and says where it is. */
  #keep(): void {
    const { fields } = this.#view;
    if (isSame(fields, this.#saved)) {
      this.#shelf.clear(this.#slug);
      this.#show({ status: { state: "none" }, isRestored: false });
      return;
    }
    const [isSent, reason] = [this.#isSent(), this.#reason];
    const kept = { fields, postRevision: this.#postRevision, draftRevision: this.#revision, isSent };
    const isHere = this.#shelf.keep(this.#slug, kept);
    if (isSent) this.#show({ status: { state: "saved" } });
    else this.#show({ status: isHere ? { state: "here", reason } : { state: "nowhere", reason } });
  }

  #isSent(): boolean {
    // A post without changes needs no draft, and should not have one.
    const { fields } = this.#view;
    if (isSame(fields, this.#saved)) return this.#revision === 0;
    return this.#sent !== null && saysTheSame(this.#sent, fields);
  }

  #saveLater(inMs = this.#intervalMs): void {
    if (this.#isClosed || !this.#isWaiting()) return;
    this.#cancelSave ??= this.#clock.after(inMs, () => {
      this.#cancelSave = undefined;
      void this.flush();
    });
  }

  /**
   * Brings what is not there yet to the server.
   * @param isLeaving whether the page may be gone before the answer is there
   */
  async flush(isLeaving = false): Promise<void> {
    if (this.#saving !== undefined) return await this.#saving;
    if (!this.#isWaiting()) return;
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#saving = this.#save(isLeaving);
    try {
      await this.#saving;
    } finally {
      this.#saving = undefined;
    }
    this.#saveLater();
  }

  /** Whether there is something that the server may have and has not. */
  #isWaiting(): boolean {
    return !this.#isLocalOnly && this.#view.conflict === null && !this.#isSent();
  }

  async #save(isLeaving: boolean): Promise<void> {
    const [slug, sent] = [this.#slug, this.#view.fields];
    this.#show({ status: { state: "saving" } });
    try {
      if (isSame(sent, this.#saved)) {
        await this.#server.remove(slug, this.#revision);
        this.#forgetServers();
      } else {
        const body = { ...draftOf(sent, this.#postRevision), deviceId: this.#deviceId, baseRevision: this.#revision };
        this.#unanswered = [...this.#unanswered, sent].slice(-MAX_UNANSWERED);
        this.#agree(await this.#server.save(slug, body, isLeaving));
        this.#sent = sent;
      }
      this.#unanswered = [];
      this.#reason = null;
      this.#keep();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const winner = winnerIn(error);
    if (winner === undefined) {
      this.#isLocalOnly = isForbidden(error);
      this.#reason = this.#isLocalOnly ? null : messageOf(error);
    } else if (winner === null) {
      // Somebody has saved or discarded the draft meanwhile: ours is the first again.
      this.#forgetServers();
    } else if (this.#isOurs(winner)) this.#agree(winner);
    else this.#show({ conflict: winner, offer: null, wasLeft: false });
    this.#keep();
    if (error instanceof ApiError && error.retryAfterMs !== undefined) this.#saveLater(error.retryAfterMs);
  }

  /** Whether a draft says what we say, or what we have sent before without getting an answer. */
  #isOurs(draft: Draft): boolean {
    if (saysSame(draft, this.#view.fields)) return true;
    return draft.deviceId === this.#deviceId && this.#unanswered.some((sent) => saysSame(draft, sent));
  }

  #forgetServers(): void {
    this.#revision = 0;
    this.#sent = null;
  }

  /** Shows a draft of the server as the text from now on. */
  #take(draft: Draft): void {
    this.#agree(draft);
    this.#postRevision = draft.metadata.revision ?? this.#postRevision;
    this.#show({ fields: fieldsOfDraft(draft), offer: null, conflict: null });
    this.#keep();
  }

  /** Goes on with what another device has saved. */
  continueOffer(): void {
    if (this.#view.offer !== null) this.#take(this.#view.offer);
  }

  /** @throws ApiError when the draft is still there */
  async discardOffer(): Promise<void> {
    const { offer } = this.#view;
    if (offer === null) return;
    await this.#server.remove(this.#slug, offer.revision);
    this.#show({ offer: null });
  }

  /** Gives up what is here and on the server for what the post has. */
  async discard(post: { fields: Fields; revision: number | null }): Promise<void> {
    this.#saved = post.fields;
    this.#postRevision = post.revision;
    this.#show({ fields: post.fields });
    this.#keep();
    await this.flush();
  }

  /** The post has become another one, and this is the text that is to follow it. */
  rebase(post: { fields: Fields; revision: number }, fields: Fields): void {
    this.#saved = post.fields;
    this.#postRevision = post.revision;
    this.change(fields);
  }

  /** Ends a conflict by writing our version over theirs. */
  async keepMine(): Promise<void> {
    const { conflict } = this.#view;
    if (conflict === null) return;
    this.#revision = conflict.revision;
    this.#sent = null;
    this.#show({ conflict: null });
    await this.flush();
  }

  /** Ends a conflict by giving up our version. */
  takeTheirs(): void {
    if (this.#view.conflict !== null) this.#take(this.#view.conflict);
  }

  /** Ends a conflict by putting our text below theirs. */
  async keepBoth(): Promise<void> {
    const { conflict } = this.#view;
    if (conflict === null) return;
    this.change(bothFields(fieldsOfDraft(conflict), this.#view.fields));
    await this.keepMine();
  }

  /**
   * The post has been saved: its draft has done its work. What was typed meanwhile stays one.
   * @param sent what was saved
   * @param post what it has become; when its address has changed, the server has taken the draft there
   */
  async postSaved(sent: Fields, post: { fields: Fields; revision: number; slug: string }): Promise<void> {
    const wasNew = this.#postRevision === null;
    this.#saved = post.fields;
    this.#postRevision = post.revision;
    const { fields } = this.#view;
    if (isSame(fields, sent)) this.#show({ fields: post.fields });
    else if (fields.slug === "") this.#show({ fields: { ...fields, slug: post.fields.slug } });
    this.#keep();
    await this.#saving;

    const before = this.#slug;
    const [draftSlug, draftRevision] = [wasNew ? before : post.slug, this.#revision];
    this.#slug = post.slug;
    this.#forgetServers();
    this.#show({ conflict: null, offer: null });
    this.#keep();
    if (post.slug !== before) this.#shelf.clear(before);
    // A draft that stays says what the post says, and is passed over by whoever opens it next.
    if (draftRevision > 0) await this.#server.remove(draftSlug, draftRevision).catch(() => undefined);
    this.#saveLater();
  }

  #show(change: Partial<DraftView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Whether both make the same draft. */
function saysTheSame(a: Fields, b: Fields): boolean {
  return JSON.stringify(draftOf(a, null)) === JSON.stringify(draftOf(b, null));
}

function saysSame(draft: Draft, fields: Fields): boolean {
  return saysTheSame(fieldsOfDraft(draft), fields);
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.code === "forbidden";
}

/** The draft that a 409 holds, null when there is none any more; undefined for any other failure. */
function winnerIn(error: unknown): Draft | null | undefined {
  if (!(error instanceof ApiError) || error.code !== "conflict") return undefined;
  const { body } = error;
  if (typeof body !== "object" || body === null || !("theirs" in body)) return undefined;
  return (body as { theirs: Draft | null }).theirs;
}
