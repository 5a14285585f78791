import type { PostCard } from "../../client/web/pages/index.ts";
import type { Post } from "../../schema/http/posts.ts";
import { excerptOf, readingMinutes } from "../../schema/markdown.ts";
import type { PostPage } from "../posts/lists.ts";
import { EXCERPT_LENGTH } from "../posts/rendered.ts";

/** Posts on one page of a site. */
export const POSTS_A_PAGE = 10;

/** A post in a list. */
export function toCard({ slug, title, content, tags, author, publishedAt }: Post): PostCard {
  return {
    slug,
    title,
    tags,
    author,
    publishedAt,
    excerpt: excerptOf(content, EXCERPT_LENGTH),
    readingMinutes: readingMinutes(content),
  };
}

/** A page of posts with links to its neighbours. */
export function toPageProps(page: PostPage, path: string) {
  return {
    posts: page.posts.map(toCard),
    newerHref: page.newer === null ? null : `${path}?newer=${page.newer}`,
    olderHref: page.older === null ? null : `${path}?older=${page.older}`,
  };
}
