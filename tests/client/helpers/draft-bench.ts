import { DraftKeeper, type DraftServer } from "../../../client/web/app/draft-keeper.ts";
import type { DraftShelf, KeptDraft } from "../../../client/web/app/draft-shelf.ts";
import type { Fields } from "../../../client/web/app/fields.ts";
import { ApiError } from "../../../client/web/api.ts";
import type { Draft, DraftSave } from "../../../schema/http/admin/drafts.ts";
import { ManualClock } from "./manual-clock.ts";

export const INTERVAL_MS = 30_000;

/** What one device keeps, over the lives of its editors. */
export class MemoryShelf implements DraftShelf {
  readonly kept = new Map<string, KeptDraft>();
  isFull = false;

  open(slug: string): Promise<KeptDraft | null> {
    return Promise.resolve(this.kept.get(slug) ?? null);
  }
  keep(slug: string, draft: KeptDraft): boolean {
    if (!this.isFull) this.kept.set(slug, structuredClone(draft));
    return !this.isFull;
  }
  clear(slug: string): void {
    this.kept.delete(slug);
  }
  close(): void {
    // Nothing is held.
  }
}

/** The server's drafts, as parties/tenant/drafts.ts keeps them. */
export class FakeDraftServer implements DraftServer {
  readonly drafts = new Map<string, Draft>();
  saves: DraftSave[] = [];
  /** What every call fails with, or null. */
  failure: ApiError | null = null;
  /** Whether what is asked happens, and the answer is lost. */
  isAnswerLost = false;
  #lastRevision = 0;

  load(slug: string): Promise<Draft | null> {
    return this.#answer(() => this.drafts.get(slug) ?? null);
  }

  save(slug: string, save: DraftSave): Promise<Draft> {
    return this.#answer(() => {
      this.saves.push(save);
      const theirs = this.drafts.get(slug) ?? null;
      if (theirs !== null && isRetry(theirs, save)) return theirs;
      if (save.baseRevision !== (theirs?.revision ?? 0))
        throw new ApiError({ code: "conflict" }, { error: {}, yours: save, theirs });
      const { baseRevision: _, ...said } = save;
      this.#lastRevision += 1;
      const draft = { slug, ...said, lastSaved: "2026-01-01T00:00:00.000Z", revision: this.#lastRevision };
      this.drafts.set(slug, draft);
      return draft;
    });
  }

  remove(slug: string, revision: number): Promise<void> {
    return this.#answer(() => {
      if (this.drafts.get(slug)?.revision === revision) this.drafts.delete(slug);
    });
  }

  async #answer<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    const answer = work();
    if (this.isAnswerLost) throw new ApiError({ code: "unavailable", message: "Nobody answers." });
    return answer;
  }
}

function isRetry({ content, metadata, deviceId }: Draft, save: DraftSave): boolean {
  const said = [content, metadata, deviceId];
  return JSON.stringify(said) === JSON.stringify([save.content, save.metadata, save.deviceId]);
}

export function textOf(content: string): Fields {
  return { title: "Ferns", slug: "ferns", tags: "", content };
}

/** What every editor of a test begins with. */
export const POST = { fields: textOf("Published."), revision: 3, slug: "ferns" };

/** A device with an editor of the post, which may be closed and opened again. */
export class Device {
  readonly clock = new ManualClock();
  readonly shelf = new MemoryShelf();
  readonly server: FakeDraftServer;
  readonly id: string;

  constructor(id: string, server: FakeDraftServer) {
    this.id = id;
    this.server = server;
  }

  async open({ fields, revision, slug }: typeof POST = POST): Promise<DraftKeeper> {
    const keeper = new DraftKeeper({
      slug,
      fields,
      postRevision: revision,
      shelf: this.shelf,
      server: this.server,
      intervalMs: INTERVAL_MS,
      clock: this.clock,
    });
    keeper.setDevice(this.id);
    await keeper.open();
    return keeper;
  }
}

/** Lets everything that was answered take its effect. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
