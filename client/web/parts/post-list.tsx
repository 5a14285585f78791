import type { PostCard } from "../pages/props.ts";
import { useFormats } from "../formats.tsx";

/** Posts as entries, newest first. */
export function PostList({ posts }: { posts: PostCard[] }) {
  const { formatDate } = useFormats();
  return (
    <div className="entries">
      {posts.map((post) => (
        <article className="entry" key={post.slug}>
          <p className="meta">
            {post.publishedAt === null ? (
              <span>Draft</span>
            ) : (
              <time dateTime={post.publishedAt}>{formatDate(post.publishedAt)}</time>
            )}
            <span>{post.author.name}</span>
            <span>{post.readingMinutes} min read</span>
          </p>
          <h2 className="entry__title">
            <a href={`/${post.slug}`}>{post.title}</a>
          </h2>
          {post.excerpt === "" ? null : <p className="entry__excerpt">{post.excerpt}</p>}
          <Tags tags={post.tags} />
        </article>
      ))}
    </div>
  );
}

/** Links to tag pages; nothing when there are none. */
export function Tags({ tags }: { tags: string[] }) {
  if (tags.length === 0) return null;
  return (
    <ul className="tags" aria-label="Tags">
      {tags.map((tag) => (
        <li key={tag}>
          <a className="tag" href={`/tags/${encodeURIComponent(tag)}`}>
            {tag}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Links to the pages around this one. */
export function Pager({ newerHref, olderHref }: { newerHref: string | null; olderHref: string | null }) {
  if (newerHref === null && olderHref === null) return null;
  return (
    <nav className="pager" aria-label="Pages">
      {newerHref === null ? (
        <span />
      ) : (
        <a className="button" rel="prev" href={newerHref}>
          Newer posts
        </a>
      )}
      {olderHref === null ? (
        <p className="pager__end">That is everything.</p>
      ) : (
        <a className="button" rel="next" href={olderHref}>
          Older posts
        </a>
      )}
    </nav>
  );
}
