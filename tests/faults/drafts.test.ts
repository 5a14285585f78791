import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { draftSchema } from "../../schema/http/admin/drafts.ts";
import { makeTenant, raiseLimits, type Site, startSite, tokenFor } from "../e2e/harness.ts";

const KILLS = 5;
const SLUGS = ["ash", "birch", "cedar"];
/** All of them write the same drafts. */
const DEVICES = ["laptop", "phone", "tablet"];
const LINES_EACH = 20;
const OPERATOR = "operator@understory.example";
const SUBDOMAIN = "squall";

const conflictSchema = z.object({ theirs: draftSchema.nullable() });
const inspectionSchema = z.object({
  outbox: z.object({ pending: z.array(z.object({ rows: z.number() })), dead: z.array(z.unknown()) }),
});

let site: Site;
let operator: string;
/** Lines that stand in a draft for sure, by slug. */
const written = new Map<string, string[]>(SLUGS.map((slug) => [slug, []]));
let kills = 0;

beforeAll(async () => {
  site = await startSite({ ADMIN_EMAILS: OPERATOR });
  operator = (await tokenFor(site, { email: OPERATOR, name: "Operator" })).accessToken;
  await makeTenant(site, operator, SUBDOMAIN, "Squall");
  await raiseLimits(site, operator, SUBDOMAIN);
  await Promise.all(SLUGS.flatMap((slug) => DEVICES.map(async (device) => await write(slug, device))));
}, 240_000);

afterAll(async () => {
  await site.stop();
});

test("over five kills every acknowledged line is in its draft, once, and each made one revision", async () => {
  expect(kills).toBe(KILLS);
  for (const slug of SLUGS) {
    const { content, revision } = draftSchema.parse(await get(pathOf(slug)));
    const lines = linesOf(content);
    expect(lines.toSorted()).toEqual(written.get(slug)?.toSorted());
    expect(lines).toHaveLength(DEVICES.length * LINES_EACH);
    expect(revision).toBe(lines.length);
  }
});

test("D1 has each draft once, as it is, when all has left", async () => {
  await drain();
  const database = await site.server.miniflare.getD1Database("DB");
  const { results } = await database
    .prepare("SELECT slug, content, revision FROM drafts WHERE tenant = ? ORDER BY slug")
    .bind(SUBDOMAIN)
    .all();
  const expected = await Promise.all(
    SLUGS.map(async (slug) => {
      const { content, revision } = draftSchema.parse(await get(pathOf(slug)));
      return { slug, content, revision };
    }),
  );
  expect(results).toEqual(expected);
});

/** One device adds its lines to a draft; when another was faster, it adds them to theirs. */
async function write(slug: string, device: string): Promise<void> {
  let base = { content: "", revision: 0 };
  for (let n = 0; n < LINES_EACH; n += 1) {
    const line = `${device} ${n}`;
    base = await add(slug, device, line, base);
    written.get(slug)?.push(line);
    killInTime();
  }
}

interface Base {
  content: string;
  revision: number;
}

async function add(slug: string, deviceId: string, line: string, known: Base): Promise<Base> {
  let base = known;
  for (;;) {
    const save = { content: `${base.content}${line}\n`, metadata: {}, deviceId, baseRevision: base.revision };
    const answer = await insist(slug, save);
    if (answer.status === 200) return draftSchema.parse(JSON.parse(answer.body));
    if (answer.status !== 409) throw new Error(`refused with ${answer.status}: ${answer.body}`);
    const { theirs } = conflictSchema.parse(JSON.parse(answer.body));
    if (theirs === null) throw new Error("nobody deletes drafts here");
    // The answer to our own save was lost, and somebody has gone on from it.
    if (linesOf(theirs.content).includes(line)) return theirs;
    base = theirs;
  }
}

/** Sends the same save until it is answered: the server dies before or after it is stored. */
async function insist(slug: string, save: object): Promise<{ status: number; body: string }> {
  for (;;) {
    try {
      const answer = await site.api("PUT", pathOf(slug), operator, save);
      if (answer.status < 500) return answer;
    } catch {
      // The repeat tells.
    }
  }
}

/** Kills workerd with -9 at even steps of the work, while other devices are being answered. */
function killInTime(): void {
  const done = [...written.values()].reduce((sum, lines) => sum + lines.length, 0);
  const step = Math.floor((SLUGS.length * DEVICES.length * LINES_EACH) / (KILLS + 1));
  if (kills >= KILLS || done < step * (kills + 1)) return;
  kills += 1;
  process.kill(site.server.workerdPid(), "SIGKILL");
}

/** Has the site's outbox leave now, as an operator would, and waits until nothing waits. */
async function drain(): Promise<void> {
  const party = `${site.origin()}/ops/parties/tenant/${SUBDOMAIN}`;
  for (;;) {
    const { outbox } = inspectionSchema.parse(await get(party));
    expect(outbox.dead).toEqual([]);
    if (outbox.pending.length === 0) return;
    await site.api("POST", `${party}/jobs/${encodeURIComponent("outbox d1")}/retry`, operator);
  }
}

async function get(url: string): Promise<unknown> {
  const answer = await site.api("GET", url, operator);
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body);
}

function pathOf(slug: string): string {
  return `${site.origin(SUBDOMAIN)}/api/admin/drafts/${slug}`;
}

function linesOf(content: string): string[] {
  return content.split("\n").filter((line) => line !== "");
}
