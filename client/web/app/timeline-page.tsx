import { useState } from "react";
import type { Post } from "../../../schema/http/posts.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { Rest } from "./rest.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { monthsOf } from "./timeline.ts";
import { useLoad } from "./use-load.ts";

interface PostPage {
  posts: Post[];
  nextCursor: string | null;
}

const A_PAGE = 50;

function fetchPublished(cursor: string | null, signal?: AbortSignal): Promise<PostPage> {
  const query = new URLSearchParams({
    status: "published",
    limit: String(A_PAGE),
    ...(cursor === null ? {} : { cursor }),
  });
  return call<PostPage>("GET", `/api/posts?${query}`, signal === undefined ? {} : { signal });
}
const loadFirst = (signal: AbortSignal) => fetchPublished(null, signal);

/** What was published, month by month. */
export function TimelinePage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { count, formatShortDate } = useFormats();
  const { loaded, reload, update } = useLoad(loadFirst);
  const [loadingMore, setLoadingMore] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const more = async (cursor: string): Promise<void> => {
    setLoadingMore(true);
    try {
      const next = await fetchPublished(cursor);
      update((page) => ({ posts: [...page.posts, ...next.posts], nextCursor: next.nextCursor }));
    } catch (error) {
      setMessage(messageOf(error));
    } finally {
      setLoadingMore(false);
    }
  };
  return (
    <div className="column">
      <div className="masthead">
        <h1 className="masthead__title">Timeline</h1>
      </div>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" && loaded.value.posts.length === 0 ? (
        <div className="empty">
          <p className="empty__title">Nothing is published yet</p>
        </div>
      ) : null}
      {loaded.state === "ready" && loaded.value.posts.length > 0 ? (
        <>
          {monthsOf(loaded.value.posts, bootstrap.tenant?.timeZone ?? "UTC").map(({ month, label, posts }) => (
            <section className="month" key={month} aria-labelledby={`month-${month}`}>
              <h2 className="month__title" id={`month-${month}`}>
                {label} <span className="month__count">{count(posts.length, "post")}</span>
              </h2>
              <ul className="rows rows--tight">
                {posts.map((post) => (
                  <li className="row" key={post.id}>
                    <a className="row__main row__main--line" href={`/admin/posts/${post.id}`}>
                      {post.title}
                    </a>
                    {post.publishedAt === null ? null : (
                      <time className="table__when" dateTime={post.publishedAt}>
                        {formatShortDate(post.publishedAt)}
                      </time>
                    )}
                  </li>
                ))}
              </ul>
            </section>
          ))}
          <Rest cursor={loaded.value.nextCursor} loading={loadingMore} onMore={more} />
        </>
      ) : null}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}
