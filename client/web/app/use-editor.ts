import { useCallback, useEffect, useRef, useState } from "react";
import type { Post, PostStatus } from "../../../schema/http/posts.ts";
import { ApiError, call, messageOf } from "../api.ts";

/** What a writer changes. Tags as they are typed, with commas. */
export interface Fields {
  title: string;
  /** Empty to let the server make one from the title. */
  slug: string;
  tags: string;
  content: string;
}

export type SaveState =
  | { state: "saved" }
  | { state: "unsaved" }
  | { state: "saving" }
  | { state: "failed"; message: string };

/** A save that lost the race: the version that won, and the status that was wished for. */
export interface Conflict {
  theirs: Post;
  status: PostStatus | undefined;
}

const EMPTY: Fields = { title: "", slug: "", tags: "", content: "" };

/** The tags in a comma-separated text, each once. */
export function parseTags(text: string): string[] {
  return [
    ...new Set(
      text
        .split(",")
        .map((tag) => tag.trim().toLowerCase())
        .filter((tag) => tag !== ""),
    ),
  ];
}

/** A post as the editor shows it; empty fields for none. */
export function fieldsOf(post: Post | null): Fields {
  return post === null
    ? EMPTY
    : { title: post.title, slug: post.slug, tags: post.tags.join(", "), content: post.content };
}

function isSame(a: Fields, b: Fields): boolean {
  return a.title === b.title && a.slug === b.slug && a.tags === b.tags && a.content === b.content;
}

/** One post being written: its fields, and where they stand against what the server has. */
export function useEditor(initial: Post | null) {
  const [post, setPost] = useState(initial);
  const [fields, setFields] = useState(() => fieldsOf(initial));
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const latest = useRef(fields);
  latest.current = fields;
  const busy = useRef(false);

  const isUnsaved = !isSame(fields, fieldsOf(post));
  useLeaveGuard(isUnsaved || saving);

  const change = useCallback((changes: Partial<Fields>) => setFields((known) => ({ ...known, ...changes })), []);

  const write = async (base: Post | null, status: PostStatus | undefined): Promise<void> => {
    if (busy.current) return;
    const sent = latest.current;
    if (sent.title.trim() === "") {
      setProblem("Give it a title first.");
      return;
    }
    busy.current = true;
    setSaving(true);
    setProblem(null);
    try {
      const saved = await send(base, sent, status);
      setPost(saved);
      setConflict(null);
      // What was typed while it was being saved stays, and stays unsaved.
      if (isSame(latest.current, sent)) setFields(fieldsOf(saved));
      else if (sent.slug === "") setFields((known) => (known.slug === "" ? { ...known, slug: saved.slug } : known));
      if (base === null) history.replaceState(null, "", `/admin/posts/${saved.id}`);
    } catch (error) {
      const theirs = winnerIn(error);
      if (theirs === null) setProblem(messageOf(error));
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
      : isUnsaved || post === null
        ? { state: "unsaved" }
        : { state: "saved" };

  return {
    post,
    fields,
    change,
    isUnsaved,
    saveState,
    conflict,
    /** Saves the fields, and the status if one is given. */
    save: (status?: PostStatus): void => void write(post, status),
    /** Ends a conflict by writing our version over theirs. */
    keepMine: (): void => void (conflict === null ? undefined : write(conflict.theirs, conflict.status)),
    /** Ends a conflict by giving up our version. */
    takeTheirs: (): void => {
      if (conflict === null) return;
      setPost(conflict.theirs);
      setFields(fieldsOf(conflict.theirs));
      setConflict(null);
    },
    /** Leaves it open: both versions stay as they are. */
    decideLater: (): void => {
      setConflict(null);
      setProblem("Not saved: this post was changed elsewhere.");
    },
  };
}

function send(base: Post | null, fields: Fields, status: PostStatus | undefined): Promise<Post> {
  const slug = fields.slug.trim();
  const body = {
    title: fields.title.trim(),
    content: fields.content,
    tags: parseTags(fields.tags),
    ...(slug === "" || slug === base?.slug ? {} : { slug }),
    ...(status === undefined ? {} : { status }),
  };
  return base === null
    ? call<Post>("POST", "/api/posts", { body })
    : call<Post>("PATCH", `/api/posts/${base.id}`, { body: { ...body, revision: base.revision } });
}

/** The post that a 409 holds beside `error`; null for any other failure, a taken slug among them. */
function winnerIn(error: unknown): Post | null {
  if (!(error instanceof ApiError) || error.code !== "conflict") return null;
  const { body } = error;
  if (typeof body !== "object" || body === null || !("post" in body)) return null;
  return (body as { post: Post }).post;
}

/** Lets the browser ask before the page is left, while `active`. */
function useLeaveGuard(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [active]);
}
