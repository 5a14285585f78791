import { renderDocument } from "../document.tsx";
import { useFormats } from "../formats.tsx";
import { Frame } from "../parts/frame.tsx";
import { withScrollers } from "../scrollers.ts";
import type { StaticPageProps } from "./props.ts";

/** A page that stands beside a site's posts: its text, and when it was last changed. */
export function renderStaticPage(props: StaticPageProps): string {
  const { shell, page, excerpt } = props;
  return renderDocument({
    shell,
    title: page.title,
    description: excerpt,
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="column">
          <article>
            <PageHead {...props} />
            <div className="prose" dangerouslySetInnerHTML={{ __html: withScrollers(props.html) }} />
          </article>
        </div>
      </Frame>
    ),
  });
}

function PageHead({ page, canEdit }: StaticPageProps) {
  const { formatDate } = useFormats();
  return (
    <header className="post__head">
      <h1 className="post__title">{page.title}</h1>
      <div className="byline">
        <p className="byline__text meta">
          <span>
            Updated <time dateTime={page.updatedAt}>{formatDate(page.updatedAt)}</time>
          </span>
        </p>
        {canEdit ? (
          <a className="button button--small" href={`/admin/pages/${page.id}`}>
            Edit
          </a>
        ) : null}
      </div>
    </header>
  );
}
