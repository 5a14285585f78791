import { z } from "zod";
import {
  command,
  type FrameHandlers,
  partyOf,
  type PartyOwnMethods,
  type Socket,
  type Stub,
  stubOf,
} from "../../parties/kernel/index.ts";
import { defineAddress } from "../../schema/addresses.ts";
import { PartyError } from "../../schema/errors.ts";
import { defineProtocol } from "../../schema/protocol.ts";

/** A party that brings newcomers the state in a frame of its own, has room for few, and tells what it has counted. */

/** A greeter's signals leave at most once in this time. */
export const TOLD_MS = 250;

/** So many sockets a person, so many at once, and so many a second after that. */
export const ROOM = { open: 3, capacity: 5, perSecond: 1 };

export const greeterAddress = defineAddress("test-greeter", { name: z.string().regex(/^[a-z0-9-]{1,64}$/) });

const stateSchema = z.object({ total: z.number(), yours: z.string() });
const greeterProtocol = defineProtocol({
  party: "test-greeter",
  version: 1,
  greeting: "initial_state",
  frames: {
    /** Adds and signals the total three times over; then fails, if asked to. */
    count: { payload: z.object({ by: z.number().int(), fails: z.boolean() }), result: z.object({}) },
    /** Tells the asking socket alone. */
    whisper: { payload: z.object({}), result: z.object({}), transient: true },
  },
  events: { counted: z.object({ total: z.number() }) },
  signals: { total: z.object({ total: z.number() }), told: z.object({ to: z.string() }) },
  state: stateSchema,
});

export class TestGreeter extends partyOf({
  address: greeterAddress,
  protocol: greeterProtocol,
  migrations: [{ id: "0000_total", sql: "CREATE TABLE total (n INTEGER NOT NULL); INSERT INTO total VALUES (0);" }],
  limits: { connections: ROOM },
}) {
  protected override snapshot(socket: Socket): z.infer<typeof stateSchema> {
    return { total: this.#total(), yours: socket.id };
  }

  override readonly frames: FrameHandlers<typeof greeterProtocol> = {
    count: ({ by, fails }) => {
      for (let time = 0; time < 3; time++) this.#signalTotal();
      this.ctx.storage.sql.exec("UPDATE total SET n = n + ?", by);
      if (fails) throw new PartyError("conflict", { message: "As asked" });
      this.emit({ type: "counted", total: this.#total() });
      return {};
    },
    whisper: (_, socket) => {
      this.tell(socket, { type: "told", to: socket.id });
      return {};
    },
  };

  override readonly methods = {
    /** Adds in a transaction inside another one, which fails if asked to, and signals what is true before and after. */
    count: command(z.object({ by: z.number().int(), fails: z.boolean().default(false) }), ({ by, fails }) => {
      this.transact(() => this.#signalTotal());
      this.ctx.storage.sql.exec("UPDATE total SET n = n + ?", by);
      if (fails) throw new PartyError("conflict", { message: "As asked" });
    }),
    /** Gives everyone a new snapshot and signals. */
    restart: command(z.object({}), () => {
      this.#signalTotal();
      this.ctx.storage.sql.exec("UPDATE total SET n = 0");
      this.resync();
    }),
    /** Emits so many events. */
    emitMany: command(z.object({ times: z.number().int() }), ({ times }) => {
      for (let done = 0; done < times; done++) this.emit({ type: "counted", total: this.#total() });
    }),
  };

  #signalTotal(): void {
    this.signal("total", TOLD_MS, () => ({ type: "total", total: this.#total() }));
  }

  #total(): number {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT n FROM total").one().n;
  }
}

export function greeterStub(env: object, name: string): Stub<TestGreeter["methods"] & PartyOwnMethods> {
  return stubOf(env, greeterAddress, { name });
}
