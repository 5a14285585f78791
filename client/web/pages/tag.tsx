import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { Pager, PostList } from "../parts/post-list.tsx";
import type { TagProps } from "./props.ts";

/** The posts under one tag. */
export function renderTag({ shell, tag, posts, newerHref, olderHref }: TagProps): string {
  const name = shell.tenant?.displayName ?? "Understory";
  return renderDocument({
    shell,
    title: `Posts about ${tag}`,
    description: `What ${name} has published about ${tag}.`,
    noIndex: posts.length === 0,
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="column">
          <div className="masthead">
            <div>
              <p className="masthead__kicker">Posts about</p>
              <h1 className="masthead__title">{tag}</h1>
            </div>
          </div>
          {posts.length === 0 ? (
            <div className="empty">
              <p className="empty__title">No posts under this tag</p>
              <p>
                <a href="/">See everything on {name}</a>
              </p>
            </div>
          ) : (
            <PostList posts={posts} />
          )}
          <Pager newerHref={newerHref} olderHref={olderHref} />
        </div>
      </Frame>
    ),
  });
}
