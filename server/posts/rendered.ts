import { excerptOf, readingMinutes, renderPostMarkdown } from "../../schema/markdown.ts";

export interface RenderedPost {
  html: string;
  excerpt: string;
  readingMinutes: number;
}

/** Length of an excerpt in UTF-16 units: what search engines show of a description. */
export const EXCERPT_LENGTH = 200;

/** Rendered posts that an isolate remembers: a revision never renders differently. */
const MAX_REMEMBERED = 100;
/**
 * HTML that it remembers of all of them, in UTF-16 units: at most 20 MB. No single post reaches this, for the longest
 * are those that must not be rendered at every request: they take seconds.
 */
const MAX_REMEMBERED_LENGTH = 10_000_000;

/** By id and revision, the least recently read first. */
const remembered = new Map<string, RenderedPost>();
let rememberedLength = 0;

/** A post's or page's source as it is shown. */
export function renderedPost(post: { id: string; revision: number; content: string }): RenderedPost {
  const key = `${post.id} ${post.revision}`;
  const known = remembered.get(key);
  if (known !== undefined) {
    remembered.delete(key);
    remembered.set(key, known);
    return known;
  }
  const rendered = {
    html: renderPostMarkdown(post.content),
    excerpt: excerptOf(post.content, EXCERPT_LENGTH),
    readingMinutes: readingMinutes(post.content),
  };
  remembered.set(key, rendered);
  rememberedLength += rendered.html.length;
  for (const [oldest, { html }] of remembered) {
    if (remembered.size <= MAX_REMEMBERED && rememberedLength <= MAX_REMEMBERED_LENGTH) break;
    remembered.delete(oldest);
    rememberedLength -= html.length;
  }
  return rendered;
}
