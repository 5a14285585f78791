import { APP_ROOT_ID, BOOTSTRAP_ID, type Bootstrap } from "../app/bootstrap.ts";
import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { toScriptJson } from "../render.ts";
import type { AppProps } from "./props.ts";

const ACCOUNT_TABS = [
  { href: "/account", label: "Profile" },
  { href: "/account/preferences", label: "Preferences" },
  { href: "/account/devices", label: "Devices" },
  { href: "/account/data", label: "Your data" },
];
const SITE_LINKS = [
  { href: "/admin/posts", label: "Posts" },
  { href: "/admin/reports", label: "Reports" },
];

/** The shell of the signed-in app: the frame, and the facts that the script starts from. */
export function renderApp({ shell, path, waysIn = null, editorPreferences = null }: AppProps): string {
  const bootstrap: Bootstrap = {
    viewer: shell.viewer,
    tenant: shell.tenant,
    path,
    apexOrigin: shell.apexOrigin,
    signInUrl: shell.signInUrl,
    waysIn,
    editorPreferences,
  };
  return renderDocument({
    shell,
    title: titleOf(shell, path),
    noIndex: true,
    entries: ["client/web/entries/app.css", "client/web/entries/site.ts", "client/web/entries/app.tsx"],
    body: (
      <Frame
        shell={shell}
        nav={
          shell.tenant === null
            ? null
            : SITE_LINKS.map(({ href, label }) => (
                <a key={href} className="site-nav__link" href={href} aria-current={path === href ? "page" : undefined}>
                  {label}
                </a>
              ))
        }
      >
        {path.startsWith("/account") ? <AccountTabs path={path} /> : null}
        <div id={APP_ROOT_ID} className="app">
          <noscript>
            <div className="card-page">
              <p className="notice">This part of Understory needs JavaScript. Reading does not.</p>
            </div>
          </noscript>
        </div>
        <script
          type="application/json"
          id={BOOTSTRAP_ID}
          dangerouslySetInnerHTML={{ __html: toScriptJson(bootstrap) }}
        />
      </Frame>
    ),
  });
}

/** The way between the pages of one's own account. */
function AccountTabs({ path }: { path: string }) {
  return (
    <nav className="tabs" aria-label="Your account">
      <ul className="tabs__list">
        {ACCOUNT_TABS.map(({ href, label }) => (
          <li key={href}>
            <a className="tabs__link" href={href} aria-current={path === href ? "page" : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function titleOf({ tenant }: AppProps["shell"], path: string): string {
  if (tenant === null) {
    if (path.startsWith("/admin/users")) return "Users";
    return ACCOUNT_TABS.find(({ href }) => href === path)?.label ?? "Make a site";
  }
  return path.startsWith("/admin/reports") ? "Reports" : "Writing";
}
