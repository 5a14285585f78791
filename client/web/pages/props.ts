import type { EditorPreferences } from "../../../schema/http/admin/config.ts";
import type { Section } from "../../../schema/http/admin/sections.ts";
import type { InvitationOffer } from "../../../schema/http/admin/members.ts";
import type { Trail, TrailList } from "../../../schema/http/admin/trails.ts";
import type { Post } from "../../../schema/http/posts.ts";
import type { User, UserDetails } from "../../../schema/http/users.ts";
import type { Tenant } from "../../../schema/http/tenants.ts";
import type { PostProtocol } from "../../../schema/parties/post.ts";
import type { Person } from "../../../schema/principal.ts";
import type { StateOf } from "../../../schema/protocol.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import type { Account } from "../../../schema/users.ts";

/** The files of one entry, as URLs on the page's own host. A `.css` entry has only `styles`. */
export interface AssetLinks {
  script: string;
  styles: string[];
  /** Modules that `script` imports, and fonts (`.woff2`), worth fetching early. */
  preload?: string[];
}

/** The entries that pages ask for, by their path from the repository's root. */
export type EntryName =
  | "client/web/entries/site.css"
  | "client/web/entries/app.css"
  | "client/web/entries/site.ts"
  | "client/web/entries/post.tsx"
  | "client/web/entries/sign-in.ts"
  | "client/web/entries/invitation.ts"
  | "client/web/entries/app.tsx";

/** Who is signed in, as the page may show it to themselves. */
export interface Viewer {
  person: Person;
  /** All that their devices know of their account. */
  account: Account;
}

/** How somebody proves who they are. */
export type WaysIn = Pick<UserDetails, "identities"> & Pick<User, "emailVerified">;

/** What every page needs, whatever it shows. */
export interface Shell {
  /** Scheme, host and port of this page: "http://alice.localhost:5173". */
  origin: string;
  /** Scheme, host and port of the root domain, where accounts live. */
  apexOrigin: string;
  /** The canonical, absolute address of this page. */
  url: string;
  viewer: Viewer | null;
  /** The viewer's cookie should be exchanged for its successor, which the page's script then does. */
  needsRefresh: boolean;
  /** The site of the host, or null on the root domain and where there is no site. */
  tenant: Tenant | null;
  /** What the viewer is on that site, or null for nobody there. */
  role: SiteRole | null;
  assets: (entry: EntryName) => AssetLinks;
  /** Where "Sign in" leads; it brings people back to this page. */
  signInUrl: string;
}

/** A post in a list. */
export interface PostCard {
  slug: string;
  title: string;
  /** Plain text, about 200 characters. */
  excerpt: string;
  tags: string[];
  author: Person;
  /** ISO 8601; null only for what is not published yet. */
  publishedAt: string | null;
  readingMinutes: number;
}

interface PostListProps {
  shell: Shell;
  /** Newest first. */
  posts: PostCard[];
  /** Address of the page with newer posts, or null on the first one. */
  newerHref: string | null;
  /** Address of the page with older posts, or null on the last one. */
  olderHref: string | null;
}

export interface TenantHomeProps extends PostListProps {
  /** True for those who may write here; shows "Write a post". */
  canWrite: boolean;
}

export interface TagProps extends PostListProps {
  tag: string;
}

export interface PostProps {
  shell: Shell;
  post: Post;
  /** The post's Markdown, rendered and safe. */
  html: string;
  /** Plain text for descriptions, about 200 characters. */
  excerpt: string;
  readingMinutes: number;
  /** The post party's state for this reader, or null while the party cannot be reached. */
  live: StateOf<PostProtocol> | null;
  /** True for the author and the site's owner; shows "Edit". */
  canEdit: boolean;
  /** True for those who may delete others' comments here. */
  canModerate: boolean;
  /** Why nobody can comment now, in words for readers; null while comments are open. */
  commentsClosed: string | null;
}

export interface StaticPageProps {
  shell: Shell;
  /** `updatedAt` is ISO 8601. */
  page: { id: string; title: string; updatedAt: string };
  /** The page's Markdown, rendered and safe. */
  html: string;
  /** Plain text for descriptions, about 200 characters. */
  excerpt: string;
  /** True for the site's editors; shows "Edit". */
  canEdit: boolean;
}

/** A site of the signed-in person. */
export interface SiteLink {
  displayName: string;
  /** Host without scheme: "alice.localhost:5173". */
  host: string;
  url: string;
}

/** A post of any site, in the list of what is new. */
export interface RecentPost {
  title: string;
  url: string;
  siteName: string;
  authorName: string;
  publishedAt: string;
}

export interface ApexHomeProps {
  shell: Shell;
  /** The viewer's sites; empty when nobody is signed in. */
  sites: SiteLink[];
  /** What was published last, on all sites, newest first. */
  recent: RecentPost[];
}

export interface SignInProps {
  shell: Shell;
  /** True where `POST /auth/dev` is on. */
  devLogin: boolean;
  /** The providers that are set up, in the order of their buttons; `key` is their place in `/auth/{key}/start`. */
  providers: { key: "github" | "google" | "oidc"; label: string }[];
  /** What came of the last try: `denied` when the visitor said no at the provider. */
  problem: "denied" | null;
  /** Where to go once signed in: a path, or an address that the edge has checked. */
  returnTo: string;
}

export interface TrailsProps {
  shell: Shell;
  trails: TrailList["trails"];
}

export interface TrailProps {
  shell: Shell;
  trail: Trail;
}

export interface InvitationProps {
  shell: Shell;
  /** What the link ends with. */
  secret: string;
  /** `gone` for what was used, taken back, or is too old. */
  invitation: { state: "open"; offer: InvitationOffer } | { state: "gone" } | { state: "unknown" };
  /** Milliseconds since 1970. */
  now: number;
}

export interface AppProps {
  shell: Shell;
  /** Path of the request, such as "/admin/posts". */
  path: string;
  /** On the page that shows them; null where they cannot be read just now. */
  waysIn?: WaysIn | null;
  /** Those of the site that is run. */
  editorPreferences?: EditorPreferences | null;
  /** On a site: the entries of the sidebar that its viewer may use, in order. */
  sections?: Section[];
}

export interface ErrorProps {
  shell: Shell;
  /** HTTP status of the answer. */
  status: number;
  kind: "unknown_site" | "not_found" | "forbidden" | "no_part" | "rate_limited" | "sign_in_failed" | "internal";
  /** Finds the failure in the log; shown for `internal` and `sign_in_failed`. */
  traceId?: string;
}
