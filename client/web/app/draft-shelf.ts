import { nanoid } from "nanoid";
import type { Fields } from "./fields.ts";

/** What is kept on this device of a text that is being written. */
export interface KeptDraft {
  fields: Fields;
  /** Revision of the post that is being changed; null for a new one. */
  postRevision: number | null;
  /** Revision of the server's draft that this was made from; 0 for none. */
  draftRevision: number;
  /** Whether the server's draft of that revision says the same. */
  isSent: boolean;
}

/** The shelves of this page: none may write again what signing out has removed. */
const openShelves = new Set<DraftShelf>();

/** Where one editor keeps its text on this device, key by key as it is typed. */
export interface DraftShelf {
  /** Takes over what an editor that is gone has left of a text, if there is anything. */
  open(slug: string): Promise<KeptDraft | null>;
  /** Replaces what is kept. False when this device keeps nothing. */
  keep(slug: string, draft: KeptDraft): boolean;
  clear(slug: string): void;
  /** Lets another editor take over. */
  close(): void;
}

const PREFIX = "draft";
const LAST_EDITOR = "last draft";
/** A lock that is held for longer belongs to an editor that is open in another tab; a page that goes lets go at once. */
const LOCK_WAIT_MS = 300;

/**
 * Keeps texts in the browser's `localStorage`, which writes before it returns: what was typed is there even if the
 * browser dies at the next key. Each editor has an entry of its own, and holds a lock of that name as long as its page
 * lives, so that two tabs never write over each other, and what a closed tab has left is known to be nobody's.
 */
export class BrowserDraftShelf implements DraftShelf {
  readonly #userId: string;
  #editor = nanoid();
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(userId: string) {
    this.#userId = userId;
    openShelves.add(this);
    // Only who signs out, in another tab, removes what is not theirs.
    addEventListener("storage", ({ key, newValue }) => {
      if (newValue === null && key?.endsWith(` ${this.#editor}`) === true) this.close();
    });
  }

  async open(slug: string): Promise<KeptDraft | null> {
    let kept: KeptDraft | null = null;
    for (const editor of this.#editorsOf(slug)) {
      if (!(await this.#holds(editor))) continue;
      this.#editor = editor;
      kept = read(this.#key(slug));
      break;
    }
    if (kept === null) await this.#holds(this.#editor);
    remember(LAST_EDITOR, this.#editor);
    return kept;
  }

  keep(slug: string, draft: KeptDraft): boolean {
    if (this.#isClosed) return false;
    try {
      localStorage.setItem(this.#key(slug), JSON.stringify(draft));
      return true;
    } catch {
      return false; // Full, or forbidden.
    }
  }

  clear(slug: string): void {
    try {
      localStorage.removeItem(this.#key(slug));
    } catch {
      // Then nothing was kept either.
    }
  }

  close(): void {
    this.#isClosed = true;
    openShelves.delete(this);
    this.#closed.resolve();
  }

  #key(slug: string): string {
    return [PREFIX, this.#userId, slug, this.#editor].join(" ");
  }

  /** Editors that have left something of this text, the last one of this tab before those of others. */
  #editorsOf(slug: string): string[] {
    const prefix = [PREFIX, this.#userId, slug, ""].join(" ");
    const last = remembered(LAST_EDITOR);
    return storedKeys()
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .toSorted((a, b) => Number(b === last) - Number(a === last));
  }

  /** Whether the lock of an editor could be had. It is held until this shelf is closed. */
  async #holds(editor: string): Promise<boolean> {
    // Browsers have locks where a page came over TLS or from this machine; elsewhere tabs must take turns by themselves.
    if (!isSecureContext) return true;
    const { promise: granted, resolve, reject } = Promise.withResolvers<void>();
    const held = navigator.locks.request(
      `${PREFIX} ${editor}`,
      { signal: AbortSignal.timeout(LOCK_WAIT_MS) },
      async () => {
        resolve();
        await this.#closed.promise;
      },
    );
    held.catch(reject);
    try {
      await granted;
      return true;
    } catch {
      return false;
    }
  }
}

/** Removes what this device keeps of somebody's texts. */
export function clearDrafts(userId: string): void {
  for (const shelf of openShelves) shelf.close();
  for (const key of storedKeys()) if (key.startsWith(`${PREFIX} ${userId} `)) localStorage.removeItem(key);
}

/** Keeps something for the next page of this tab. */
function remember(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // Then any that is left will do.
  }
}

function remembered(name: string): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

function storedKeys(): string[] {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

function read(key: string): KeptDraft | null {
  try {
    const text = localStorage.getItem(key);
    // Only this file writes here.
    return text === null ? null : (JSON.parse(text) as KeptDraft);
  } catch {
    return null;
  }
}
