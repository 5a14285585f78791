import type { ReactNode } from "react";
import { isAtLeast } from "../../../schema/site-roles.ts";
import type { Shell } from "../pages/props.ts";
import { Avatar } from "./avatar.tsx";
import { Mark } from "./mark.tsx";

interface FrameProps {
  shell: Shell;
  children: ReactNode;
  /** In the app, where a site's own links would lead away from it. */
  inApp?: boolean;
}

/** What stands around every page: skip link, header, main, footer. */
export function Frame({ shell, children, inApp = false }: FrameProps) {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Header shell={shell} inApp={inApp} />
      <main id="main">{children}</main>
      <Footer shell={shell} />
    </>
  );
}

function Header({ shell, inApp }: { shell: Shell; inApp: boolean }) {
  const { viewer, tenant } = shell;
  return (
    <header className="site-header">
      <div className="site-header__inner">
        <a className="site-header__name" href="/">
          {tenant === null ? <Mark /> : null}
          <span data-site-name>{tenant?.displayName ?? "Understory"}</span>
        </a>
        {inApp ? null : <SiteMenu shell={shell} />}
        <nav className="site-nav" aria-label="Account">
          <WayToApp shell={shell} inApp={inApp} />
          {viewer === null ? (
            <SignInLink shell={shell} />
          ) : (
            <>
              {tenant === null && viewer.account.role !== "user" ? (
                <a className="site-nav__link" href="/admin/users" aria-current={ariaCurrent(shell, "/admin/users")}>
                  Users
                </a>
              ) : null}
              <a
                className="site-nav__person"
                href={`${shell.apexOrigin}/account`}
                title="Your account"
                aria-current={tenant === null ? ariaCurrent(shell, "/account") : undefined}
              >
                <Avatar person={viewer.person} small />
                <span className="site-nav__who">{viewer.person.name}</span>
              </a>
              <form method="post" action="/auth/logout" data-sign-out={viewer.person.id}>
                <button className="text-button" type="submit">
                  Sign out
                </button>
              </form>
            </>
          )}
        </nav>
      </div>
    </header>
  );
}

/** The site's own pages, where it has put some into its menu. */
function SiteMenu({ shell }: { shell: Shell }) {
  const menu = shell.tenant?.menu ?? [];
  if (menu.length === 0) return null;
  return (
    <nav className="site-menu" aria-label="Pages">
      {menu.map(({ slug, title }) => (
        <a key={slug} className="site-nav__link" href={`/${slug}`} aria-current={ariaCurrent(shell, `/${slug}`)}>
          {title}
        </a>
      ))}
    </nav>
  );
}

/** Between a site and its app, for those who have a part in running it. */
function WayToApp({ shell, inApp }: { shell: Shell; inApp: boolean }) {
  if (shell.tenant === null || !isAtLeast(shell.role ?? undefined, "author")) return null;
  const [label, href] = inApp
    ? ["View site", "/"]
    : shell.role === "owner"
      ? ["Dashboard", "/admin"]
      : ["My posts", "/admin/posts"];
  return (
    <a className="site-nav__link" href={href}>
      {label}
    </a>
  );
}

/** Marks the link to the part of the site that this page is in. */
function ariaCurrent({ url }: Shell, path: string): "page" | "true" | undefined {
  const { pathname } = new URL(url);
  if (pathname === path) return "page";
  return pathname.startsWith(`${path}/`) ? "true" : undefined;
}

/** Not on the page that it leads to. */
function SignInLink({ shell }: { shell: Shell }) {
  if (new URL(shell.url).pathname === "/sign-in") return null;
  return (
    <a className="site-nav__link" href={shell.signInUrl}>
      Sign in
    </a>
  );
}

function Footer({ shell }: { shell: Shell }) {
  return (
    <footer className="site-footer">
      <div className="site-footer__inner">
        {shell.tenant === null ? (
          <span>Understory, a place for small sites.</span>
        ) : (
          <span>
            <span data-site-name>{shell.tenant.displayName}</span> grows on <a href={shell.apexOrigin}>Understory</a>
          </span>
        )}
        {shell.tenant === null ? null : <a href="/feed.xml">RSS feed</a>}
      </div>
    </footer>
  );
}
