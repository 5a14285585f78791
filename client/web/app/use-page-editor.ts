import { useRef, useState } from "react";
import type { SitePage } from "../../../schema/http/admin/pages.ts";
import { slugify } from "../../../schema/text.ts";
import { ApiError, call } from "../api.ts";
import { awaitsImage } from "./markdown-field.tsx";
import { bothTexts } from "./text-diff.ts";
import { useLeaveGuard } from "./use-leave-guard.ts";
import type { SaveState } from "./use-editor.ts";
import { wordsFor } from "./refusal-words.ts";

type Status = SitePage["status"];

/** What is changed of a page. */
export interface PageFields {
  title: string;
  /** Empty to make one from the title. */
  slug: string;
  content: string;
  isInMenu: boolean;
}

/** A page as its editor shows it. */
export function pageFieldsOf(page: SitePage | null): PageFields {
  if (page === null) return { title: "", slug: "", content: "", isInMenu: true };
  const { title, slug, content, menuOrder } = page;
  return { title, slug, content, isInMenu: menuOrder !== null };
}

function isSame(a: PageFields, b: PageFields): boolean {
  return a.title === b.title && a.slug === b.slug && a.content === b.content && a.isInMenu === b.isInMenu;
}

/**
 * One static page being written.
 * @param lastPlace where a page goes that is new in the menu
 */
export function usePageEditor(initial: SitePage | null, lastPlace: number) {
  const [page, setPage] = useState(initial);
  const [fields, setFields] = useState(() => pageFieldsOf(initial));
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<{ theirs: SitePage; status: Status } | null>(null);
  const busy = useRef(false);
  const latest = useRef(fields);
  latest.current = fields;

  const isUnsaved = !isSame(fields, pageFieldsOf(page));
  useLeaveGuard(isUnsaved || saving);

  const write = async (base: SitePage | null, status: Status): Promise<void> => {
    if (busy.current) return;
    const sent = latest.current;
    const obstacle = obstacleTo(sent);
    setProblem(obstacle);
    if (obstacle !== null) return;
    busy.current = true;
    setSaving(true);
    try {
      const saved = await send(base, sent, status, lastPlace);
      setPage(saved);
      setConflict(null);
      // What was typed while it was being saved stays, and stays unsaved.
      if (isSame(latest.current, sent)) setFields(pageFieldsOf(saved));
      else setFields((known) => (known.slug === "" ? { ...known, slug: saved.slug } : known));
      if (base === null) history.replaceState(null, "", `/admin/pages/${saved.id}`);
    } catch (error) {
      const theirs = winnerIn(error);
      if (theirs === null) setProblem(wordsFor(error));
      else setConflict({ theirs, status });
    } finally {
      busy.current = false;
      setSaving(false);
    }
  };

  const saveState: SaveState = saving
    ? { state: "saving" }
    : problem !== null
      ? { state: "failed", message: problem }
      : isUnsaved || page === null
        ? { state: "unsaved" }
        : { state: "saved" };
  const rebase = (next: PageFields): void => {
    if (conflict === null) return;
    setPage(conflict.theirs);
    setFields(next);
    setConflict(null);
    setProblem(null);
  };

  return {
    page,
    fields,
    isUnsaved,
    saveState,
    conflict,
    change: (changes: Partial<PageFields>): void => setFields((known) => ({ ...known, ...changes })),
    save: (status: Status = page?.status ?? "draft"): void => void write(page, status),
    /** Ends a conflict by writing our version over theirs. */
    keepMine: (): void => void (conflict === null ? undefined : write(conflict.theirs, conflict.status)),
    /** Ends a conflict by giving up our version. */
    takeTheirs: (): void => rebase(pageFieldsOf(conflict?.theirs ?? null)),
    /** Ends a conflict with both texts in the editor, to be saved when they are put together. */
    keepBoth: (): void => {
      const theirs = pageFieldsOf(conflict?.theirs ?? null);
      rebase({ ...theirs, content: bothTexts(theirs.content, fields.content) });
    },
    decideLater: (): void => {
      setConflict(null);
      setProblem("Not saved: this page was changed elsewhere.");
    },
  };
}

/** Why fields cannot be saved yet, in words. */
function obstacleTo({ title, content }: PageFields): string | null {
  if (title.trim() === "") return "Give it a title first.";
  return awaitsImage(content) ? "An image is still on its way." : null;
}

function send(base: SitePage | null, fields: PageFields, status: Status, lastPlace: number): Promise<SitePage> {
  const { content, isInMenu } = fields;
  const title = fields.title.trim();
  const slug = fields.slug.trim() || slugify(title);
  const menuOrder = isInMenu ? (base?.menuOrder ?? lastPlace) : null;
  const body = { title, slug, content, status, menuOrder };
  return base === null
    ? call<SitePage>("POST", "/api/admin/pages", { body })
    : call<SitePage>("PATCH", `/api/admin/pages/${base.id}`, { body: { ...body, revision: base.revision } });
}

/** The page that a 409 holds beside `error`; null for any other failure, a taken address among them. */
function winnerIn(error: unknown): SitePage | null {
  if (!(error instanceof ApiError) || error.code !== "conflict") return null;
  const { body } = error;
  if (typeof body !== "object" || body === null || !("page" in body)) return null;
  return (body as { page: SitePage }).page;
}
