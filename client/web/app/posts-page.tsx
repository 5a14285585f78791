import { useCallback, useState } from "react";
import type { Post, PostStatus } from "../../../schema/http/posts.ts";
import { call, messageOf } from "../api.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { PostRow } from "./post-row.tsx";
import { Rest } from "./rest.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

interface PostPage {
  posts: Post[];
  nextCursor: string | null;
}
type Filter = PostStatus | "any";

const FILTERS: readonly { filter: Filter; label: string }[] = [
  { filter: "any", label: "All" },
  { filter: "draft", label: "Drafts" },
  { filter: "published", label: "Published" },
  { filter: "private", label: "Private" },
];

function fetchPosts(filter: Filter, cursor: string | null, signal?: AbortSignal): Promise<PostPage> {
  const query = new URLSearchParams({ status: filter, ...(cursor === null ? {} : { cursor }) });
  return call<PostPage>("GET", `/api/posts?${query}`, signal === undefined ? {} : { signal });
}

/** The site's posts, drafts included, for those who write them. */
export function PostsPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const [filter, setFilter] = useState<Filter>("any");
  const { loaded, reload, update } = useLoad(
    useCallback((signal: AbortSignal) => fetchPosts(filter, null, signal), [filter]),
  );
  const [deleting, setDeleting] = useState<Post | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);

  const attempt = async (done: string | null, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      if (done !== null) setMessage(done);
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const more = (cursor: string): Promise<void> =>
    attempt(null, async () => {
      setLoadingMore(true);
      try {
        const next = await fetchPosts(filter, cursor);
        update((page) => ({ posts: [...page.posts, ...next.posts], nextCursor: next.nextCursor }));
      } finally {
        setLoadingMore(false);
      }
    });
  const setStatus = (post: Post, status: PostStatus): Promise<void> =>
    attempt(status === "published" ? "Published." : "Back to draft.", async () => {
      const changed = await call<Post>("PATCH", `/api/posts/${post.id}`, { body: { revision: post.revision, status } });
      update((page) => ({ ...page, posts: page.posts.map((known) => (known.id === changed.id ? changed : known)) }));
    });
  const remove = (post: Post): Promise<void> =>
    attempt("Deleted.", async () => {
      await call("DELETE", `/api/posts/${post.id}`);
      update((page) => ({ ...page, posts: page.posts.filter(({ id }) => id !== post.id) }));
    });

  return (
    <div className="column">
      <div className="masthead">
        <h1 className="masthead__title">Posts</h1>
        <a className="button button--primary" href="/admin/posts/new">
          Write a post
        </a>
      </div>
      <div className="filters" role="group" aria-label="Show">
        {FILTERS.map(({ filter: value, label }) => (
          <button
            key={value}
            type="button"
            className="filter"
            aria-pressed={filter === value}
            onClick={() => setFilter(value)}
          >
            {label}
          </button>
        ))}
      </div>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" && loaded.value.posts.length === 0 ? (
        <div className="empty">
          <p className="empty__title">{filter === "any" ? "Nothing written yet" : "Nothing here"}</p>
          <p>
            {filter === "any"
              ? "Begin with a sentence. It can stay a draft for as long as you like."
              : "No post has this status."}
          </p>
        </div>
      ) : null}
      {loaded.state === "ready" && loaded.value.posts.length > 0 ? (
        <>
          <ul className="rows">
            {loaded.value.posts.map((post) => (
              <PostRow
                key={post.id}
                post={post}
                onPublish={() => void setStatus(post, "published")}
                onUnpublish={() => void setStatus(post, "draft")}
                onDelete={() => setDeleting(post)}
              />
            ))}
          </ul>
          <Rest cursor={loaded.value.nextCursor} loading={loadingMore} onMore={more} />
        </>
      ) : null}
      {deleting === null ? null : (
        <Confirm
          title="Delete this post?"
          confirmLabel="Delete"
          onClose={() => setDeleting(null)}
          onConfirm={() => void remove(deleting)}
        >
          <p>“{deleting.title}” and its discussion leave the site. This cannot be taken back.</p>
        </Confirm>
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}
