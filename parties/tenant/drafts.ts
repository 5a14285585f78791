import { and, count, desc, eq, getTableColumns, notInArray } from "drizzle-orm";
import * as d1 from "../../schema/d1.ts";
import { PartyError } from "../../schema/errors.ts";
import type { Draft, DraftSave } from "../../schema/http/admin/drafts.ts";
import type { Statement } from "../kernel/index.ts";
import { excluded } from "./excluded.ts";
import type { SiteContext } from "./site-context.ts";
import { drafts, pastDrafts } from "./tables.ts";

/** Drafts of posts, each under its post's slug. A save names the revision that it was made on, and loses nobody's text. */

/** How late D1 may learn of a draft. */
const DRAFTS_WITHIN_MS = 5 * 60_000;
/** Of one site: more are forgotten ones. */
export const MAX_DRAFTS = 500;
/** Of so many drafts that are gone, the last ones, the revision is remembered. */
const MAX_PAST = 1_000;

type DraftRow = typeof drafts.$inferSelect;

/** All of them without their text, the last saved first. */
export function listDrafts({ db }: SiteContext): Omit<Draft, "content">[] {
  const { content: _, ...columns } = getTableColumns(drafts);
  const rows = db.select(columns).from(drafts).orderBy(desc(drafts.savedAt), drafts.slug).all();
  return rows.map(({ savedAt, ...row }) => ({ ...row, lastSaved: new Date(savedAt).toISOString() }));
}

/** @throws PartyError `not_found` */
export function requireDraft(context: SiteContext, slug: string): Draft {
  const row = find(context, slug);
  if (row === undefined) throw new PartyError("not_found", { message: "There is no such draft" });
  return toDraft(row);
}

/**
 * Saves a draft if it is still at the revision that the save was made on. What is there already, word for word and from
 * the same device, is a save whose answer was lost: it is answered again.
 * @throws PartyError `conflict` with both versions, `forbidden` when there are too many drafts
 */
export function saveDraft(context: SiteContext, slug: string, save: DraftSave): Draft {
  const current = find(context, slug);
  if (current !== undefined && isSame(current, save)) return toDraft(current);
  if (save.baseRevision !== (current?.revision ?? 0)) {
    const theirs = current === undefined ? null : toDraft(current);
    const message = theirs === null ? "The draft was deleted meanwhile" : "The draft was saved elsewhere meanwhile";
    throw new PartyError("conflict", { message, details: { yours: save, theirs } });
  }
  if (current === undefined && howMany(context) >= MAX_DRAFTS)
    throw new PartyError("forbidden", {
      message: `A site keeps up to ${MAX_DRAFTS} drafts: delete some that are no longer needed`,
      details: { limit: MAX_DRAFTS },
    });
  const { content, metadata, deviceId } = save;
  const revision = (current?.revision ?? pastRevision(context, slug)) + 1;
  const row = { slug, content, metadata, deviceId, savedAt: context.now(), revision };
  put(context, row);
  return toDraft(row);
}

/**
 * Deletes a draft, at whatever revision or only at this one. One that isn't there is deleted.
 * @throws PartyError `conflict` with the current version
 */
export function deleteDraft(context: SiteContext, slug: string, revision?: number): void {
  const current = find(context, slug);
  if (current === undefined) return;
  if (revision !== undefined && revision !== current.revision)
    throw new PartyError("conflict", {
      message: "The draft was saved elsewhere meanwhile",
      details: { theirs: toDraft(current) },
    });
  end(context, current);
}

/** Carries a draft to another slug. When there is one already, both stay where they are. */
export function moveDraft(context: SiteContext, from: string, to: string): void {
  const row = find(context, from);
  if (row === undefined || find(context, to) !== undefined) return;
  end(context, row);
  put(context, { ...row, slug: to, revision: Math.max(row.revision, pastRevision(context, to) + 1) });
}

function find({ db }: SiteContext, slug: string): DraftRow | undefined {
  return db.select().from(drafts).where(eq(drafts.slug, slug)).get();
}

function howMany({ db }: SiteContext): number {
  return db.select({ rows: count() }).from(drafts).get()?.rows ?? 0;
}

function put(context: SiteContext, row: DraftRow): void {
  const { slug: _, ...set } = row;
  context.db.insert(drafts).values(row).onConflictDoUpdate({ target: drafts.slug, set }).run();
  send(context, row.slug, savedStatement(context, row));
}

function end(context: SiteContext, { slug, revision }: DraftRow): void {
  const { db } = context;
  db.delete(drafts).where(eq(drafts.slug, slug)).run();
  const past = { revision, endedAt: context.now() };
  db.insert(pastDrafts)
    .values({ slug, ...past })
    .onConflictDoUpdate({ target: pastDrafts.slug, set: past })
    .run();
  const kept = db.select({ slug: pastDrafts.slug }).from(pastDrafts).orderBy(desc(pastDrafts.endedAt)).limit(MAX_PAST);
  db.delete(pastDrafts).where(notInArray(pastDrafts.slug, kept)).run();
  send(context, slug, deletedStatement(context, slug));
}

/** The last revision of a draft that was once here; 0 when there was none. */
function pastRevision({ db }: SiteContext, slug: string): number {
  return (
    db.select({ revision: pastDrafts.revision }).from(pastDrafts).where(eq(pastDrafts.slug, slug)).get()?.revision ?? 0
  );
}

function isSame(row: DraftRow, { content, metadata, deviceId }: DraftSave): boolean {
  return (
    row.content === content && row.deviceId === deviceId && JSON.stringify(row.metadata) === JSON.stringify(metadata)
  );
}

function toDraft({ savedAt, ...row }: DraftRow): Draft {
  return { ...row, lastSaved: new Date(savedAt).toISOString() };
}

function send(context: SiteContext, slug: string, statement: Statement): void {
  context.sendToD1(statement, { withinMs: DRAFTS_WITHIN_MS, slot: `draft ${slug}` });
}

function savedStatement({ d1: db, subdomain }: SiteContext, row: DraftRow): Statement {
  return db
    .insert(d1.drafts)
    .values({ tenant: subdomain, ...row })
    .onConflictDoUpdate({ target: [d1.drafts.tenant, d1.drafts.slug], set: excluded(d1.drafts) })
    .toSQL();
}

function deletedStatement({ d1: db, subdomain }: SiteContext, slug: string): Statement {
  return db
    .delete(d1.drafts)
    .where(and(eq(d1.drafts.tenant, subdomain), eq(d1.drafts.slug, slug)))
    .toSQL();
}
