import { micromark, parse, postprocess, preprocess } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { unaffordableConstructs, boundStructure } from "./markdown-limits.ts";
import { MAX_COMMENT_LENGTH, MAX_POST_LENGTH } from "./http/posts.ts";

export { readingMinutes } from "./text.ts";

/**
 * The two Markdown dialects. Posts are GitHub-flavoured; comments are paragraphs, emphasis, code, links, lists and
 * quotes. Both are safe by construction: raw HTML comes out as text and links keep only harmless protocols, because
 * micromark writes every tag itself. Work and output are bounded for hostile input (see markdown-limits.ts).
 */

/** Constructs of micromark that posts do without: HTML is text like any other. */
const NOT_IN_POSTS = ["htmlFlow", "htmlText"];
/** What a comment may not contain; the source is shown as text instead. */
const NOT_IN_COMMENTS = [
  ...NOT_IN_POSTS,
  "headingAtx",
  "setextUnderline",
  "thematicBreak",
  "labelStartImage",
  "codeIndented",
  "definition",
  "table",
  "strikethrough",
  "tasklistCheck",
  "gfmFootnoteDefinition",
  "gfmFootnoteCall",
  "gfmPotentialFootnoteCall",
];

/** Tells search engines that readers wrote the link, and keeps the opened page away from ours. */
const COMMENT_LINK_REL = "nofollow ugc noopener";

/** Renders a post's source to HTML. The page's h1 is the title, so headings start at h2 even if the source's start at h1. */
export function renderPostMarkdown(source: string): string {
  // Text and attribute values have "<" encoded, so what follows matches only micromark's own tags.
  const html = render(source.slice(0, MAX_POST_LENGTH), NOT_IN_POSTS).replaceAll(
    '<img src="',
    '<img loading="lazy" src="',
  );
  if (!html.includes("<h1")) return html;
  return html.replaceAll(/<(\/?)h([1-5])/g, (_, slash: string, level: string) => `<${slash}h${Number(level) + 1}`);
}

/** Renders a comment's source to HTML. */
export function renderCommentMarkdown(source: string): string {
  return render(source.slice(0, MAX_COMMENT_LENGTH), NOT_IN_COMMENTS).replaceAll(
    '<a href="',
    `<a rel="${COMMENT_LINK_REL}" href="`,
  );
}

function render(source: string, disabled: readonly string[]): string {
  const bounded = boundStructure(source);
  return micromark(bounded, { extensions: extensionsFor(bounded, disabled), htmlExtensions: [gfmHtml()] });
}

function extensionsFor(source: string, disabled: readonly string[]) {
  return [gfm(), { disable: { null: [...disabled, ...unaffordableConstructs(source)] } }];
}

/** More mentions than this in one comment are ignored. */
export const MAX_MENTIONS = 10;
const MENTION = /(?<![\p{L}\p{N}_@])@([\p{L}\p{N}_][\p{L}\p{N}_-]{0,37}[\p{L}\p{N}_])(?!-*[\p{L}\p{N}_]|@)/gu;

/** Spans whose "@" is no mention: code, links with their text, and autolinked addresses. */
const UNMENTIONABLE: ReadonlySet<string> = new Set([
  "codeText",
  "codeFenced",
  "codeIndented",
  "link",
  "autolink",
  "characterEscape",
  "characterReference",
  "literalAutolink",
]);

/**
 * The handles that a comment mentions: distinct, lower case, without "@", in order of appearance, at most
 * `MAX_MENTIONS`. None comes from code, from a link or from an e-mail address.
 */
export function mentionsOf(source: string): string[] {
  const handles = [...proseOf(source).matchAll(MENTION)].map(([, handle]) => (handle ?? "").toLowerCase());
  return [...new Set(handles)].slice(0, MAX_MENTIONS);
}

/** A comment's running text; whatever is not prose is one unprintable letter, so that nothing joins across it. */
function proseOf(source: string): string {
  const bounded = boundStructure(source.slice(0, MAX_COMMENT_LENGTH).normalize("NFC"));
  const options = { extensions: extensionsFor(bounded, NOT_IN_COMMENTS) };
  const events = postprocess(
    parse(options)
      .document()
      .write(preprocess()(bounded, undefined, true)),
  );
  let prose = "";
  let depth = 0;
  for (const [kind, token, context] of events) {
    if (UNMENTIONABLE.has(token.type)) {
      depth += kind === "enter" ? 1 : -1;
      if (depth === 0) prose += "_";
    } else if (depth === 0 && kind === "enter") {
      prose += token.type === "data" ? context.sliceSerialize(token) : token.type === "attentionSequence" ? "" : " ";
    }
  }
  return prose;
}

/** An excerpt never needs more of the source than this many times its length: headings, code and links add the rest. */
const EXCERPT_SOURCE_FACTOR = 10;
const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"' };

/** The first words of a post as plain text, at most `max` UTF-16 units, cut at a word and ended by "…" when cut. */
export function excerptOf(source: string, max: number): string {
  const text = render(source.slice(0, max * EXCERPT_SOURCE_FACTOR), NOT_IN_POSTS)
    .replaceAll(/<h[1-6][^>]*>[^]*?<\/h[1-6]>|<pre>[^]*?<\/pre>|<table>[^]*?<\/table>|<sup>[^]*?<\/sup>/g, " ")
    .replaceAll(/<\/?(?:em|strong|a|code|del|img|input)\b[^>]*>/g, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&(?:lt|gt|amp|quot);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll(/\s+/g, " ")
    .trim();
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  const space = cut.lastIndexOf(" ");
  // A cut inside a surrogate pair would leave half a character.
  const whole = space > max / 2 ? cut.slice(0, space) : cut.replace(/[\uD800-\uDBFF]$/, "");
  return `${whole.replace(/[\s,;:.–—-]+$/, "")}…`;
}
