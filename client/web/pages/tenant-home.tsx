import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { Pager, PostList } from "../parts/post-list.tsx";
import type { TenantHomeProps } from "./props.ts";

/** A site's front page: its posts, newest first. */
export function renderTenantHome({ shell, posts, newerHref, olderHref, canWrite }: TenantHomeProps): string {
  const name = shell.tenant?.displayName ?? "Understory";
  const write = (
    <a className="button button--primary" href="/admin/posts/new">
      Write a post
    </a>
  );
  return renderDocument({
    shell,
    title: name,
    description: `Posts and discussion on ${name}.`,
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="column">
          <div className="masthead">
            <h1 className="masthead__title">{name}</h1>
            {canWrite && posts.length > 0 ? write : null}
          </div>
          {posts.length === 0 ? (
            <div className="empty">
              <p className="empty__title">Nothing has grown here yet</p>
              <p>
                {canWrite
                  ? "The first post is the hardest. Begin with a sentence."
                  : "Come back soon: the first post is on its way."}
              </p>
              {canWrite ? write : null}
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
