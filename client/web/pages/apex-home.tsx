import { Feather, MessagesSquare, Plus, Sprout } from "lucide-react";
import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { useFormats } from "../formats.tsx";
import type { ApexHomeProps, RecentPost, SiteLink } from "./props.ts";

const QUALITIES = [
  {
    icon: Feather,
    title: "Made for reading",
    text: "Quiet pages in good type, quick on any device, and complete without JavaScript.",
  },
  {
    icon: MessagesSquare,
    title: "Discussed as it happens",
    text: "Reactions, replies and who is reading now arrive the moment they happen. Nothing said is lost on a bad connection.",
  },
  {
    icon: Sprout,
    title: "A site of your own",
    text: "Your name, your colours, your readers. Feeds and clean addresses come with it.",
  },
] as const;

/** The root domain's front page: what Understory is, and the viewer's sites. */
export function renderApexHome({ shell, sites, recent }: ApexHomeProps): string {
  const { viewer } = shell;
  return renderDocument({
    shell,
    title: "Understory",
    description: "Understory is a home for small sites: write in peace, and talk with your readers as they read.",
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="wide">
          {viewer === null ? null : <Sites sites={sites} name={viewer.person.name} />}
          <section className="hero">
            {viewer === null ? (
              <h1 className="hero__title">Small sites, good company.</h1>
            ) : (
              <h2 className="hero__title">Small sites, good company.</h2>
            )}
            <p className="hero__lede">
              Understory is where people write at length and talk with their readers while the words are fresh. Make a
              site in a minute, and keep it for years.
            </p>
            {viewer === null ? (
              <div className="hero__actions">
                <a className="button button--primary" href={shell.signInUrl}>
                  Sign in and start a site
                </a>
              </div>
            ) : null}
          </section>
          {recent.length === 0 ? null : <Recent posts={recent} />}
          <div className="qualities">
            {QUALITIES.map(({ icon: Icon, title, text }) => (
              <section className="quality" key={title}>
                <Icon aria-hidden="true" />
                <h2 className="quality__title">{title}</h2>
                <p className="quality__text">{text}</p>
              </section>
            ))}
          </div>
        </div>
      </Frame>
    ),
  });
}

function Recent({ posts }: { posts: RecentPost[] }) {
  const { formatDate } = useFormats();
  return (
    <section className="recent">
      <h2 className="recent__heading">Lately, across the sites</h2>
      <ul className="recent__list">
        {posts.map((post) => (
          <li className="recent__item" key={post.url}>
            <a className="recent__title" href={post.url}>
              {post.title}
            </a>
            <p className="meta">
              <span>{post.siteName}</span>
              <span>{post.authorName}</span>
              <time dateTime={post.publishedAt}>{formatDate(post.publishedAt)}</time>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sites({ sites, name }: { sites: SiteLink[]; name: string }) {
  return (
    <section>
      <h1 className="section-title">{sites.length === 0 ? `Welcome, ${name}` : "Your sites"}</h1>
      <ul className="sites">
        {sites.map((site) => (
          <li key={site.host}>
            <a className="site-card" href={site.url}>
              <span className="site-card__name">{site.displayName}</span>
              <span className="site-card__host">{site.host}</span>
            </a>
          </li>
        ))}
        <li>
          <a className="site-card site-card--new" href="/sites/new">
            <span>
              <Plus aria-hidden="true" /> {sites.length === 0 ? "Make your first site" : "Make another site"}
            </span>
          </a>
        </li>
      </ul>
    </section>
  );
}
