import { PartyError, parse } from "../../schema/errors.ts";
import type { Inbox } from "./inbox.ts";
import type { CallReply, CallRequest, DeliveredRow, DeliveryReply } from "./naming.ts";
import { runtime } from "./runtime.ts";
import type { Method, Methods } from "./spec.ts";
import { toPartyError, toWire } from "./wire-errors.ts";

/** The party behind the gate. */
export interface Callee {
  readonly address: string;
  methods(): Methods;
  transact<T>(work: () => T): T;
}

/** Everything that the edge and other parties ask of a party comes through here: parsed, in a transaction, answered as data. */
export class CallGate {
  readonly #party: Callee;
  readonly #inbox: Inbox;

  constructor(party: Callee, inbox: Inbox) {
    this.#party = party;
    this.#inbox = inbox;
  }

  /** Answers a call; whatever it throws becomes a coded error. `ready`, while the party starts, is awaited first. */
  async call({ method, input, traceId }: CallRequest, ready: Promise<void> | undefined): Promise<CallReply> {
    try {
      if (ready !== undefined) await ready;
      const value = await this.#run(this.#method(method), JSON.parse(input));
      return { ok: true, value: JSON.stringify(value) };
    } catch (error) {
      const failure = toPartyError(error, traceId, { party: this.#party.address, method });
      return { ok: false, error: toWire(failure, traceId) };
    }
  }

  /**
   * Applies rows of another party's outbox, each once, up to the first that cannot be: had those behind it been
   * applied, its repeat would look applied as well.
   */
  deliver(source: string, rows: readonly DeliveredRow[]): DeliveryReply[] {
    const replies: DeliveryReply[] = [];
    for (const row of rows) {
      const reply = this.#apply(source, row);
      replies.push(reply);
      if (reply.outcome !== "applied") break;
    }
    return replies;
  }

  #method(name: string): Method {
    const methods = this.#party.methods();
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method !== undefined) return method;
    throw new PartyError("not_found", { message: `${this.#party.address} has no method ${name}` });
  }

  #run(method: Method, input: unknown): unknown {
    const parsed = parse(method.input, input, "bad_request") as never;
    return method.kind === "command" ? this.#party.transact(() => method.run(parsed)) : method.run(parsed);
  }

  #apply(source: string, row: DeliveredRow): DeliveryReply {
    if (this.#inbox.hasSeen(source, row.id)) return { id: row.id, outcome: "applied" };
    try {
      const method = this.#method(row.method);
      if (method.kind !== "command") throw new PartyError("bad_request", { message: `${row.method} is not a command` });
      this.#party.transact(() => {
        this.#run(method, JSON.parse(row.input));
        this.#inbox.remember(source, row.id);
      });
      return { id: row.id, outcome: "applied" };
    } catch (error) {
      const failure = toPartyError(error, runtime().token(), { party: this.#party.address, source, row: row.id });
      return { id: row.id, outcome: outcomeOf(failure), reason: failure.message };
    }
  }
}

/** What a sender is to do with a row whose effect failed. */
function outcomeOf({ code }: PartyError): "poison" | "failed" | "busy" {
  if (code === "internal") return "failed";
  return code === "unavailable" || code === "rate_limited" ? "busy" : "poison";
}
