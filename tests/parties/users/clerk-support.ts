import { runInDurableObject } from "cloudflare:test";
import { UsersParty } from "../../../parties/users/index.ts";
import { type ClerkPerson, newSubject } from "../../fakes/clerk-events.ts";
import type { Message } from "../../fakes/svix-sender.ts";
import { usersObject, usersParty } from "./support.ts";

/** Everything that the users party keeps of one of Clerk's people; counters and our own id left out. */
export interface Kept {
  user: Record<string, unknown> | null;
  identity: Record<string, unknown> | null;
  data: Record<string, unknown>;
  isBuried: boolean;
}

/** Somebody new at Clerk. */
export function someone(more: Partial<ClerkPerson> = {}): ClerkPerson {
  return { id: newSubject(), ...more };
}

/** Hands a message over as the edge does when its signature was good. */
export async function deliver({ id, body }: Message, sentAt = 0): Promise<string> {
  const { outcome } = await usersParty().receiveClerkMessage({ messageId: id, sentAt, body });
  return outcome;
}

/** Hands over many messages, one after the other, within the party: each is a transaction as ever. */
export async function deliverMany(messages: readonly Message[]): Promise<void> {
  await runInDurableObject(usersObject(), async (party) => {
    if (!(party instanceof UsersParty)) throw new TypeError("This is not the users party");
    for (const { id, body } of messages) {
      const input = JSON.stringify({ messageId: id, sentAt: 0, body });
      const { ok } = await party.call({ method: "receiveClerkMessage", input, traceId: "test" });
      if (!ok) throw new Error(`${id} was refused`);
    }
  });
}

/** The account of one of Clerk's people. @throws Error when there is none */
export async function accountOf(subject: string) {
  const userId = await userIdOf(subject);
  if (userId === undefined) throw new Error(`${subject} has no account`);
  return await usersParty().describe({ userId });
}

export async function userIdOf(subject: string): Promise<string | undefined> {
  return await runInDurableObject(
    usersObject(),
    (_, { storage }) =>
      storage.sql
        .exec<{ user_id: string }>("SELECT user_id FROM identities WHERE provider = 'clerk' AND subject = ?", subject)
        .toArray()[0]?.user_id,
  );
}

/** What is kept of these people, with "?" in the place of their subjects so that two may be compared. */
export async function keptOf(subjects: readonly string[]): Promise<Kept[]> {
  return await runInDurableObject(usersObject(), (_, { storage: { sql } }) =>
    subjects.map((subject): Kept => {
      const rows = <T extends Record<string, SqlStorageValue>>(query: string, value: string) =>
        sql.exec<T>(query, value).toArray();
      const [identity] = rows<{ user_id: string }>(
        "SELECT * FROM identities WHERE provider = 'clerk' AND subject = ?",
        subject,
      );
      const userId = identity?.user_id ?? "";
      const [user] = rows("SELECT * FROM users WHERE id = ?", userId);
      const data = rows<{ key: string; value: string }>(
        "SELECT key, value FROM user_data WHERE user_id = ? ORDER BY key",
        userId,
      );
      const kept: Kept = {
        user: user === undefined ? null : without(user, ["id", "version", "updated_at"]),
        identity: identity === undefined ? null : without(identity, ["user_id"]),
        data: Object.fromEntries(data.map(({ key, value }) => [key, JSON.parse(value) as unknown])),
        isBuried: rows("SELECT 1 FROM tombstones WHERE subject = ?", subject).length > 0,
      };
      return JSON.parse(JSON.stringify(kept).replaceAll(subject, "?")) as Kept;
    }),
  );
}

function without(row: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([field]) => !fields.includes(field)));
}
