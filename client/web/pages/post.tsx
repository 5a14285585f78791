import { renderDocument } from "../document.tsx";
import { useFormats } from "../formats.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { Frame } from "../parts/frame.tsx";
import { Tags } from "../parts/post-list.tsx";
import { LIVE_DATA_ID, LIVE_ROOT_ID, type LiveData } from "../post/live-data.ts";
import { LiveFrame } from "../post/live-frame.tsx";
import { toScriptJson } from "../render.ts";
import { withScrollers } from "../scrollers.ts";
import type { PostProps } from "./props.ts";

const STATUS_WORDS = {
  draft: "This is a draft. Only those who write here can see it.",
  private: "This post is private. Only those who write here can see it.",
} as const;

/** One post, complete without JavaScript; its reactions and discussion become live where scripts run. */
export function renderPost(props: PostProps): string {
  const { shell, post, excerpt } = props;
  const isPublic = post.status === "published";
  return renderDocument({
    shell,
    title: post.title,
    description: excerpt,
    type: "article",
    publishedAt: post.publishedAt,
    noIndex: !isPublic,
    entries: [
      "client/web/entries/site.ts",
      ...(props.live !== null && isPublic ? (["client/web/entries/post.tsx"] as const) : []),
    ],
    body: (
      <Frame shell={shell}>
        <div className="column">
          <article>
            <PostHead {...props} />
            <div className="prose" dangerouslySetInnerHTML={{ __html: withScrollers(props.html) }} />
            <footer className="post__foot">
              <Tags tags={post.tags} />
            </footer>
          </article>
          {isPublic ? <Live {...props} /> : null}
        </div>
      </Frame>
    ),
  });
}

function PostHead({ post, readingMinutes, canEdit }: PostProps) {
  const { formatDate } = useFormats();
  return (
    <header className="post__head">
      {post.status === "published" ? null : <p className="notice notice--warn">{STATUS_WORDS[post.status]}</p>}
      <h1 className="post__title">{post.title}</h1>
      <div className="byline">
        <Avatar person={post.author} />
        <div className="byline__text">
          <p className="byline__name">{post.author.name}</p>
          <p className="meta">
            {post.publishedAt === null ? null : <time dateTime={post.publishedAt}>{formatDate(post.publishedAt)}</time>}
            <span>{readingMinutes} min read</span>
          </p>
        </div>
        {canEdit ? (
          <a className="button button--small" href={`/admin/posts/${post.id}`}>
            Edit
          </a>
        ) : null}
      </div>
    </header>
  );
}

function Live({ shell, post, live, canModerate, commentsClosed }: PostProps) {
  if (live === null) {
    return (
      <section className="live">
        <p className="notice">The discussion cannot be shown just now. Reload the page in a moment.</p>
      </section>
    );
  }
  const preferences = shell.viewer?.account.preferences;
  const data: LiveData = {
    tenant: post.tenant,
    postId: post.id,
    viewer: shell.viewer?.person ?? null,
    formats: preferences === undefined ? null : { language: preferences.language, timezone: preferences.timezone },
    state: live,
    signInUrl: shell.signInUrl,
    canModerate,
    commentsClosed,
  };
  return (
    <>
      <div className="live" id={LIVE_ROOT_ID}>
        <LiveFrame data={data} state={live} comments={live.comments} />
      </div>
      <script type="application/json" id={LIVE_DATA_ID} dangerouslySetInnerHTML={{ __html: toScriptJson(data) }} />
    </>
  );
}
