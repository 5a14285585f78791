import type { Post } from "../../schema/http/posts.ts";
import { excerptOf, readingMinutes, renderPostMarkdown } from "../../schema/markdown.ts";

export interface RenderedPost {
  html: string;
  excerpt: string;
  readingMinutes: number;
}

/** Length of an excerpt in UTF-16 units: what search engines show of a description. */
export const EXCERPT_LENGTH = 200;

/** Rendered posts that an isolate remembers: a revision never renders differently. 100 of 50 KB are 5 MB. */
const MAX_REMEMBERED = 100;
/** A longer result is not worth its memory. */
const MAX_REMEMBERED_LENGTH = 200_000;

/** By id and revision, the least recently read first. */
const remembered = new Map<string, RenderedPost>();

/** A post's source as its page shows it. */
export function renderedPost(post: Post): RenderedPost {
  const key = `${post.id} ${post.revision}`;
  const rendered = remembered.get(key) ?? {
    html: renderPostMarkdown(post.content),
    excerpt: excerptOf(post.content, EXCERPT_LENGTH),
    readingMinutes: readingMinutes(post.content),
  };
  remembered.delete(key);
  if (rendered.html.length <= MAX_REMEMBERED_LENGTH) remembered.set(key, rendered);
  const oldest = remembered.keys().next().value;
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return rendered;
}
