import { z } from "zod";
import { type FrameHandlers, job, partyOf, procedure } from "../../parties/kernel/index.ts";
import { defineAddress } from "../../schema/addresses.ts";
import { defineProtocol } from "../../schema/protocol.ts";

const entry = z.object({ author: z.string(), text: z.string() });
const protocol = defineProtocol({
  party: "guestbook",
  version: 1,
  frames: { sign: { payload: z.object({ text: z.string().trim().min(1).max(200) }), result: entry } },
  events: { signed: entry },
  signals: {},
  state: z.object({ entries: z.array(entry) }),
});
export const address = defineAddress("guestbook", { site: z.string().regex(/^[a-z]{1,32}$/) });
const migrations = [{ id: "0000_entries", sql: "CREATE TABLE entries (n INTEGER PRIMARY KEY, author, text)" }];

/** One site's guestbook. Name: the site. Truth: its newest entries live here and nowhere else. */
export class Guestbook extends partyOf({ address, protocol, migrations }) {
  protected override snapshot() {
    const newest = "SELECT author, text FROM entries ORDER BY n DESC LIMIT 100";
    return { entries: this.ctx.storage.sql.exec<z.infer<typeof entry>>(newest).toArray() };
  }
  override readonly frames: FrameHandlers<typeof protocol> = {
    sign: ({ text }, { principal }) => {
      const author = principal.kind === "user" ? principal.user.name : "A stranger";
      this.ctx.storage.sql.exec("INSERT INTO entries (author, text) VALUES (?, ?)", author, text);
      this.emit({ type: "signed", author, text });
      this.schedule.once("prune", { inMs: 60_000 });
      return { author, text };
    },
  };
  override readonly methods = { entries: procedure(z.object({}), () => this.snapshot()) };

  override readonly jobs = {
    prune: job(z.object({}), () => {
      this.ctx.storage.sql.exec("DELETE FROM entries WHERE n <= (SELECT max(n) FROM entries) - 100");
    }),
  };
}
