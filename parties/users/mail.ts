import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { command, job, procedure } from "../kernel/index.ts";
import { type ClerkEvent, readClerkEvent, type SignedMessage, type UnderstoodEvent } from "./clerk.ts";
import type { Copies } from "./copies.ts";
import * as input from "./inputs.ts";
import {
  changeLetter,
  discardLetter,
  findLetter,
  keepLetter,
  type Letter,
  lettersAfter,
  pruneMail,
  takeReceipt,
} from "./letters.ts";
import { type Mirrored, mirrorDeletion, mirrorUser } from "./mirror.ts";
import type { Store } from "./store.ts";

interface Surroundings {
  store(): Store;
  transact<T>(work: () => T): T;
  /** Runs `work` in a transaction, and answers what brings up to date the copies of all that it has changed. */
  collecting<T>(work: () => T): { result: T; copies: Copies };
}

/** What became of a message: see `Mirrored`; `repeated` was taken before, `kept` waits for somebody to look at it. */
type Outcome = Mirrored | "repeated" | "kept";

/** Clerk's messages, whose signatures the edge has checked: handled once, or kept as dead letters. */
export class Mail {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  readonly methods = {
    /**
     * Takes in a message in one transaction: a crash leaves no trace of it, and its repeat is the first that is seen.
     */
    receiveClerkMessage: procedure(input.signedMessage, (message) => {
      const once = (work: () => Outcome): Outcome => {
        const { db, now } = this.#around.store();
        return takeReceipt(db, message.messageId, now) ? work() : "repeated";
      };
      return this.#orKept(
        readClerkEvent(message),
        (event) => once(() => this.#mirror(event)),
        (why) =>
          once(() => {
            const { db, now } = this.#around.store();
            keepLetter(db, message, why, now);
            return "kept";
          }),
      );
    }),
    listLetters: procedure(input.letterPage, ({ after, limit }) => lettersAfter(this.#around.store().db, after, limit)),
    /** Tries again. Answers what became of it; what still cannot be understood stays, with the reason. */
    retryLetter: procedure(input.byLetter, ({ id }) => {
      const { db } = this.#around.store();
      const letter = findLetter(db, id);
      return this.#orKept(
        readClerkEvent(messageOf(letter)),
        (event) => {
          discardLetter(db, id);
          return this.#mirror(event);
        },
        ({ reason }) => {
          changeLetter(db, id, { reason, attempts: letter.attempts + 1 });
          return "kept";
        },
      );
    }),
    discardLetter: command(input.byLetter, ({ id }) => {
      const { db } = this.#around.store();
      discardLetter(db, findLetter(db, id).id);
    }),
  };

  readonly jobs = {
    pruneMail: job(z.object({}), () => {
      const { db, now } = this.#around.store();
      this.#around.transact(() => pruneMail(db, now));
    }),
  };

  /** Does with an event what can be done, else what is done with it then: each in one transaction. */
  #orKept(
    event: ClerkEvent,
    handle: (event: UnderstoodEvent) => Outcome,
    keep: (why: { type: string | null; reason: string }) => Outcome,
  ): { outcome: Outcome; copies: Copies } {
    const done = (work: () => Outcome) => {
      const { result, copies } = this.#around.collecting(work);
      return { outcome: result, copies };
    };
    if (event.kind === "unknown") return done(() => keep(event));
    try {
      return done(() => handle(event));
    } catch (error) {
      // What our rules refuse they refuse each time it is sent; everything else may go well the next time.
      if (!(error instanceof PartyError)) throw error;
      const reason = reasonOf(error);
      return done(() => keep({ type: event.type, reason }));
    }
  }

  #mirror(event: UnderstoodEvent): Mirrored {
    const store = this.#around.store();
    return event.kind === "deleted" ? mirrorDeletion(store, event) : mirrorUser(store, event);
  }
}

function reasonOf({ code, issues = [] }: PartyError): string {
  return [code, ...issues.map(({ path, message }) => `${path.join(".")}: ${message}`)].join("; ");
}

function messageOf({ messageId, receivedAt, body }: Letter): SignedMessage {
  return { messageId, sentAt: Math.floor(receivedAt / 1_000), body };
}
