import { APP_ROOT_ID, BOOTSTRAP_ID, type Bootstrap, SIDEBAR_ID } from "../app/bootstrap.ts";
import { Sidebar } from "../app/sidebar.tsx";
import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { toScriptJson } from "../render.ts";
import type { AppProps } from "./props.ts";
import { sitePageAt } from "./site-pages.ts";

const ACCOUNT_TABS = [
  { href: "/account", label: "Profile" },
  { href: "/account/preferences", label: "Preferences" },
  { href: "/account/devices", label: "Devices" },
  { href: "/account/data", label: "Your data" },
];

/** The shell of the signed-in app: the frame, and the facts that the script starts from. */
export function renderApp(props: AppProps): string {
  const { shell, path, waysIn = null, editorPreferences = null, sections = [] } = props;
  const bootstrap: Bootstrap = {
    viewer: shell.viewer,
    tenant: shell.tenant,
    role: shell.role,
    path,
    apexOrigin: shell.apexOrigin,
    signInUrl: shell.signInUrl,
    waysIn,
    editorPreferences,
    sections,
  };
  const isBesideSections = shell.tenant !== null && sitePageAt(path)?.focused !== true;
  return renderDocument({
    shell,
    title: titleOf(shell, path),
    noIndex: true,
    entries: ["client/web/entries/app.css", "client/web/entries/site.ts", "client/web/entries/app.tsx"],
    body: (
      <Frame shell={shell} inApp>
        {path.startsWith("/account") ? <AccountTabs path={path} /> : null}
        <div className={isBesideSections ? "admin" : undefined}>
          {isBesideSections ? (
            <div id={SIDEBAR_ID} className="admin__side">
              <Sidebar sections={sections} role={shell.role} path={path} />
            </div>
          ) : null}
          <div id={APP_ROOT_ID} className="app">
            <noscript>
              <div className="card-page">
                <p className="notice">This part of Understory needs JavaScript. Reading does not.</p>
              </div>
            </noscript>
          </div>
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
  return sitePageAt(path)?.title ?? "Dashboard";
}
