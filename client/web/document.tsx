import type { ReactElement } from "react";
import type { Preferences } from "../../schema/user-data.ts";
import type { EntryName, Shell } from "./pages/props.ts";
import { WithFormats } from "./formats.tsx";
import { ICON } from "./parts/mark.tsx";
import { toHtml } from "./render.ts";

export interface DocumentProps {
  shell: Shell;
  /** The page's own title; the site's name is added. */
  title: string;
  description?: string;
  /** "article" for a post. */
  type?: "website" | "article";
  /** ISO 8601, for articles. */
  publishedAt?: string | null;
  /** True for pages that search engines should leave out. */
  noIndex?: boolean;
  /** Entries after the common ones, in order. */
  entries?: EntryName[];
  body: ReactElement;
}

const PRODUCT = "Understory";

/** A whole HTML document. It holds no inline script or style: the policy that goes with it forbids both. */
export function renderDocument(props: DocumentProps): string {
  const { shell, title, description, type = "website", publishedAt, noIndex = false } = props;
  const preferences = shell.viewer?.account.preferences;
  const theme = preferences?.theme ?? "system";
  const siteName = shell.tenant?.displayName ?? PRODUCT;
  const fullTitle = title === siteName ? title : `${title} · ${siteName}`;
  const links = [...new Set<EntryName>(["client/web/entries/site.css", ...(props.entries ?? [])])].map(shell.assets);
  const styles = [...new Set(links.flatMap((link) => link.styles))];
  const scripts = [...new Set(links.map((link) => link.script).filter((url) => url !== "" && !url.endsWith(".css")))];
  // Upright type is on every page, italics are not.
  const preload = [...new Set(links.flatMap((link) => link.preload ?? []))].filter((url) => !url.includes("italic"));

  return `<!doctype html>${toHtml(
    <html
      lang="en"
      data-accent={shell.tenant?.theme.accent ?? "moss"}
      data-font={shell.tenant?.theme.font ?? "literata"}
      data-theme={theme === "system" ? undefined : theme}
    >
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{fullTitle}</title>
        {description ? <meta name="description" content={description} /> : null}
        {noIndex ? <meta name="robots" content="noindex" /> : <link rel="canonical" href={shell.url} />}
        <link rel="icon" type="image/svg+xml" href={ICON} />
        <meta name="color-scheme" content={theme === "system" ? "light dark" : theme} />
        <ThemeColors theme={theme} />
        <meta property="og:title" content={title} />
        <meta property="og:site_name" content={siteName} />
        <meta property="og:type" content={type} />
        <meta property="og:url" content={shell.url} />
        {description ? <meta property="og:description" content={description} /> : null}
        {publishedAt ? <meta property="article:published_time" content={publishedAt} /> : null}
        <meta name="twitter:card" content="summary" />
        {shell.tenant && !noIndex ? (
          <>
            <link rel="alternate" type="application/rss+xml" title={siteName} href="/feed.xml" />
            <link rel="alternate" type="application/feed+json" title={siteName} href="/feed.json" />
          </>
        ) : null}
        {preload.map((url) =>
          url.endsWith(".woff2") ? (
            <link key={url} rel="preload" as="font" type="font/woff2" href={url} crossOrigin="anonymous" />
          ) : (
            <link key={url} rel="modulepreload" href={url} />
          ),
        )}
        {styles.map((url) => (
          <link key={url} rel="stylesheet" href={url} />
        ))}
        {scripts.map((url) => (
          <script key={url} type="module" src={url} />
        ))}
      </head>
      <body
        data-watch-session={isLive(props) ? undefined : shell.viewer?.person.id}
        data-session-refresh={shell.needsRefresh ? "" : undefined}
      >
        <WithFormats preferences={preferences}>{props.body}</WithFormats>
      </body>
    </html>,
  )}`;
}

const PAPER = { light: "#faf8f2", dark: "#101412" } as const;

/** What browsers colour around the page: with the device, unless the reader has chosen. */
function ThemeColors({ theme }: { theme: Preferences["theme"] }) {
  if (theme !== "system") return <meta name="theme-color" content={PAPER[theme]} />;
  return (
    <>
      <meta name="theme-color" content={PAPER.light} media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content={PAPER.dark} media="(prefers-color-scheme: dark)" />
    </>
  );
}

/** Whether the page has a connection of its own, which notices by itself when its reader is signed out. */
function isLive({ entries = [] }: DocumentProps): boolean {
  return entries.some((entry) => entry === "client/web/entries/post.tsx" || entry === "client/web/entries/app.tsx");
}
