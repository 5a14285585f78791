import { useCallback, useRef, useState, useSyncExternalStore } from "react";
import type { Post, PostStatus } from "../../../schema/http/posts.ts";
import { ApiError, call, messageOf } from "../api.ts";
import type { DraftKeeper } from "./draft-keeper.ts";
import { bothFields, type Fields, fieldsOf, isSame, parseTags } from "./fields.ts";
import { awaitsImage } from "./markdown-field.tsx";
import { useLeaveGuard } from "./use-leave-guard.ts";

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

/** What a save is made on; null for a post that is not there yet. */
type Base = Pick<Post, "id" | "slug" | "revision"> | null;

/** One post being written: its fields, and where they stand against what the server has. */
export function useEditor(initial: Post | null, keeper: DraftKeeper) {
  const [post, setPost] = useState(initial);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const draft = useSyncExternalStore(keeper.subscribe, keeper.getSnapshot, keeper.getSnapshot);
  const { fields } = draft;
  const busy = useRef(false);

  const isUnsaved = !isSame(fields, fieldsOf(post));
  useLeaveGuard((isUnsaved && draft.status.state === "nowhere") || saving);

  const change = useCallback(
    (changes: Partial<Fields>) => keeper.change({ ...keeper.getSnapshot().fields, ...changes }),
    [keeper],
  );

  const write = async (base: Base, status: PostStatus | undefined): Promise<void> => {
    if (busy.current) return;
    const sent = keeper.getSnapshot().fields;
    if (sent.title.trim() === "") {
      setProblem("Give it a title first.");
      return;
    }
    if (awaitsImage(sent.content)) {
      setProblem("An image is still on its way. Wait for it, or take its place out of the text.");
      return;
    }
    busy.current = true;
    setSaving(true);
    setProblem(null);
    try {
      const saved = await send(base, sent, status);
      setPost(saved);
      setConflict(null);
      if (base === null) history.replaceState(null, "", `/admin/posts/${saved.id}`);
      void keeper.postSaved(sent, { fields: fieldsOf(saved), revision: saved.revision, slug: saved.slug });
    } catch (error) {
      const theirs = winnerIn(error);
      if (theirs === null) setProblem(messageOf(error));
      else setConflict({ theirs, status });
    } finally {
      busy.current = false;
      setSaving(false);
    }
  };
  /** What the text was made from may be older than what the post is by now: then its save must lose. */
  const base = post && { ...post, revision: keeper.postRevision ?? post.revision };

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
    draft,
    change,
    isUnsaved,
    saveState,
    conflict,
    /** Saves the fields, and the status if one is given. */
    save: (status?: PostStatus): void => void write(base, status),
    /** Ends a conflict by writing our version over theirs. */
    keepMine: (): void => void (conflict === null ? undefined : write(conflict.theirs, conflict.status)),
    /** Ends a conflict by giving up our version. */
    takeTheirs: (): void => {
      if (conflict === null) return;
      const { theirs } = conflict;
      setPost(theirs);
      setConflict(null);
      void keeper.discard({ fields: fieldsOf(theirs), revision: theirs.revision });
    },
    /** Ends a conflict with both texts in the editor, to be saved when they are put together. */
    keepBoth: (): void => {
      if (conflict === null) return;
      const { theirs } = conflict;
      setPost(theirs);
      setConflict(null);
      keeper.rebase({ fields: fieldsOf(theirs), revision: theirs.revision }, bothFields(fieldsOf(theirs), fields));
    },
    /** Leaves it open: both versions stay as they are. */
    decideLater: (): void => {
      setConflict(null);
      setProblem("Not saved: this post was changed elsewhere.");
    },
    /** Goes back to what the post has. */
    discard: (): void => void keeper.discard({ fields: fieldsOf(post), revision: post?.revision ?? null }),
  };
}

function send(base: Base, fields: Fields, status: PostStatus | undefined): Promise<Post> {
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
