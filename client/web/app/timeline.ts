import type { Post } from "../../../schema/http/posts.ts";

export interface Month {
  /** "2026-11" */
  month: string;
  /** "November 2026" */
  label: string;
  posts: Post[];
}

/** Published posts by the month in which they were, in the order given. */
export function monthsOf(posts: readonly Post[], timeZone: string): Month[] {
  // The Swedish way of writing a date is ISO 8601.
  const key = new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit" });
  const name = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "long" });
  const months = new Map<string, Month>();
  for (const post of posts) {
    if (post.publishedAt === null) continue;
    const at = new Date(post.publishedAt);
    const month = key.format(at);
    const known = months.get(month);
    if (known === undefined) months.set(month, { month, label: name.format(at), posts: [post] });
    else known.posts.push(post);
  }
  return [...months.values()];
}
