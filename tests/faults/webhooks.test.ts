import { afterAll, beforeAll, expect, test } from "vitest";
import { send } from "../../scripts/lib/http.ts";
import { type DeadLetter, type UserDetails, userListSchema } from "../../schema/http/users.ts";
import { type Site, startSite, tokenFor } from "../e2e/harness.ts";
import { deletedEvent, newSubject, userEvent } from "../fakes/clerk-events.ts";
import { type Message, newMessage, newSecret, SvixSender, type Tries } from "../fakes/svix-sender.ts";

const KILLS = 5;
const PEOPLE = 40;
/** How often each message is sent, whatever has become of it before. */
const COPIES = 2;
const AT_ONCE = 12;
const STRANGE = 10;
/** What somebody is called, one after the other. */
const NAMES = ["Ash", "Birch", "Cedar", "Dogwood"];
const BORN_AT = Date.UTC(2026, 5, 1);
const ADMIN = "grace@understory.example";
/** How often it is asked whether the server is there again: far more than a start takes. */
const MAX_ASKED = 20_000;

/** Somebody at Clerk, with all that Clerk tells of them. Every fourth is deleted in the end. */
interface Life {
  firstName: string;
  isDeleted: boolean;
  messages: Message[];
}

const secret = newSecret();
const lives = Array.from({ length: PEOPLE }, (_, n) => lifeOf(n));
let site: Site;
let admin: string;
let tries: Tries[];
let kills = 0;
/** One asks whether the server is there again for all who wait for it. */
let back: Promise<void> | undefined;

beforeAll(async () => {
  site = await startSite({ CLERK_WEBHOOK_SECRET: secret, ADMIN_EMAILS: ADMIN });
  admin = (await tokenFor(site, { email: ADMIN, name: "Grace" })).accessToken;
  const strange = Array.from({ length: STRANGE }, () => newMessage({ type: "user.strange", data: {} }));
  const messages = [...lives.flatMap((life) => life.messages), ...strange];
  let taken = 0;
  const sender = new SvixSender({
    secrets: [secret],
    post: async ({ headers, body }) => {
      const { status } = await fetch(`${site.origin()}/webhooks/clerk`, { method: "POST", headers, body });
      if (status === 200) taken += 1;
      if (kills < KILLS && taken >= ((messages.length * COPIES) / (KILLS + 1)) * (kills + 1)) {
        kills += 1;
        process.kill(site.server.workerdPid(), "SIGKILL");
      }
      return status;
    },
    // In the place of minutes and hours.
    wait: async () => await (back ??= untilItAnswers().finally(() => (back = undefined))),
  });
  tries = await sender.sendMany(messages, { copies: COPIES, atOnce: AT_ONCE });
}, 120_000);

afterAll(async () => {
  await site.stop();
});

test("over 5 kills every message was taken in the end, some after they had been lost", () => {
  expect(kills).toBe(KILLS);
  expect(tries).toHaveLength((lives.flatMap(({ messages }) => messages).length + STRANGE) * COPIES);
  expect(tries.filter((statuses) => statuses.at(-1) !== 200)).toEqual([]);
  expect(tries.filter((statuses) => statuses.length > 1).length).toBeGreaterThanOrEqual(KILLS);
  const refusals = tries.flat().filter((status) => status !== null && status >= 300 && status < 500);
  expect(refusals).toEqual([]);
});

test("everybody is there once, called what they were called last, with each change of name once and in order", async () => {
  const staying = lives.filter(({ isDeleted }) => !isDeleted);
  // D1 follows within a moment, and is tried again until it does.
  const names = async () => (await listed()).map(({ name }) => name).toSorted();
  const last = NAMES.at(-1) ?? "";
  const expected = staying.map(({ firstName }) => `${firstName} ${last}`).toSorted();
  await expect.poll(names, { timeout: 30_000 }).toEqual(expected);
  for (const { id } of await listed()) {
    const { identities, data } = await ask<UserDetails>(`/api/admin/users/${id}`);
    expect(identities).toHaveLength(1);
    expect(data.name_history?.map(({ last_name }) => last_name)).toEqual(NAMES.slice(1));
  }
});

test("each end of an account is in the audit log once, and in D1 nothing else is left of it", async () => {
  const database = await site.server.miniflare.getD1Database("DB");
  const ends = async () => {
    const { results } = await database
      .prepare(
        `SELECT users.id, count(audit_log.id) AS lines FROM users LEFT JOIN audit_log
         ON audit_log.user_id = users.id AND kind = 'account_deleted' WHERE deleted_at IS NOT NULL GROUP BY users.id`,
      )
      .all<{ id: string; lines: number }>();
    return results.filter(({ lines }) => lines !== 1);
  };
  await expect.poll(ends, { timeout: 30_000 }).toEqual([]);
});

test("what nobody understood is there for somebody to look at, once each", async () => {
  const { deadLetters } = await ask<{ deadLetters: DeadLetter[] }>("/ops/webhooks/clerk/dead-letters?limit=100");
  expect(deadLetters.map(({ type, attempts }) => [type, attempts])).toEqual(
    Array.from({ length: STRANGE }, () => ["user.strange", 1]),
  );
});

function lifeOf(n: number): Life {
  const id = newSubject();
  const firstName = `Person${n}`;
  const isDeleted = n % 4 === 3;
  const told = NAMES.map((lastName, step) =>
    userEvent(step === 0 ? "user.created" : "user.updated", { id, firstName, lastName }, { at: BORN_AT + step }),
  );
  const end = isDeleted ? [deletedEvent({ id }, { at: BORN_AT + NAMES.length })] : [];
  return { firstName, isDeleted, messages: [...told, ...end].map((event) => newMessage(event)) };
}

/** Everybody whom Clerk has told of and who is still there. */
async function listed() {
  const list = userListSchema.parse(await ask("/api/admin/users?limit=100&search=Person"));
  return list.users;
}

async function ask<T>(path: string): Promise<T> {
  const { status, body } = await site.api("GET", `${site.origin()}${path}`, admin);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${body}`);
  return JSON.parse(body) as T;
}

async function untilItAnswers(): Promise<void> {
  for (let asked = 0; asked < MAX_ASKED; asked++) {
    const answer = await send("GET", new URL("/healthz", site.origin())).catch(() => undefined);
    if (answer?.status === 200) return;
  }
  throw new Error("the server did not come back");
}
