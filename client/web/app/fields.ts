import type { Draft, DraftSave } from "../../../schema/http/admin/drafts.ts";
import type { Post } from "../../../schema/http/posts.ts";
import { bothTexts } from "./text-diff.ts";

/** What a writer changes of a post. Tags as they are typed, with commas. */
export interface Fields {
  title: string;
  /** Empty to let the server make one from the title. */
  slug: string;
  tags: string;
  content: string;
}

const EMPTY: Fields = { title: "", slug: "", tags: "", content: "" };

/** A post as the editor shows it; empty fields for none. */
export function fieldsOf(post: Post | null): Fields {
  return post === null
    ? EMPTY
    : { title: post.title, slug: post.slug, tags: post.tags.join(", "), content: post.content };
}

export function isSame(a: Fields, b: Fields): boolean {
  return a.title === b.title && a.slug === b.slug && a.tags === b.tags && a.content === b.content;
}

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

/** As schema/http/admin/drafts.ts has them, without loading its validator. */
const MAX_TAGS = 10;
const MAX_TAG_LENGTH = 32;

/** What the server keeps of fields that are not saved yet. Tags beyond what a post may have are kept here only. */
export function draftOf(fields: Fields, postRevision: number | null): Pick<DraftSave, "content" | "metadata"> {
  const tags = parseTags(fields.tags).map((tag) => tag.slice(0, MAX_TAG_LENGTH));
  return {
    content: fields.content,
    metadata: {
      title: fields.title,
      slug: fields.slug,
      tags: tags.slice(0, MAX_TAGS),
      ...(postRevision !== null && { revision: postRevision }),
    },
  };
}

/** A draft of the server as the editor shows it. */
export function fieldsOfDraft({ content, metadata: { title = "", slug = "", tags = [] } }: Draft): Fields {
  return { title, slug, tags: tags.join(", "), content };
}

/** Both versions, with mine below theirs. */
export function bothFields(theirs: Fields, mine: Fields): Fields {
  return {
    title: theirs.title === "" ? mine.title : theirs.title,
    slug: theirs.slug === "" ? mine.slug : theirs.slug,
    tags: parseTags(`${theirs.tags},${mine.tags}`).join(", "),
    content: bothTexts(theirs.content, mine.content),
  };
}
