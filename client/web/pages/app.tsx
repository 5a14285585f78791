import { APP_ROOT_ID, BOOTSTRAP_ID, type Bootstrap } from "../app/bootstrap.ts";
import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import { toScriptJson } from "../render.ts";
import type { AppProps } from "./props.ts";

const ACCOUNT_LINKS = [{ href: "/account/devices", label: "Devices" }];
const SITE_LINKS = [
  { href: "/admin/posts", label: "Posts" },
  { href: "/admin/reports", label: "Reports" },
];

/** The shell of the signed-in app: the frame, and the facts that the script starts from. */
export function renderApp({ shell, path }: AppProps): string {
  const bootstrap: Bootstrap = {
    viewer: shell.viewer,
    tenant: shell.tenant,
    path,
    apexOrigin: shell.apexOrigin,
    signInUrl: shell.signInUrl,
  };
  return renderDocument({
    shell,
    title: titleOf(shell, path),
    noIndex: true,
    entries: ["client/web/entries/app.css", "client/web/entries/site.ts", "client/web/entries/app.tsx"],
    body: (
      <Frame
        shell={shell}
        nav={(shell.tenant === null ? ACCOUNT_LINKS : SITE_LINKS).map(({ href, label }) => (
          <a key={href} className="site-nav__link" href={href} aria-current={path === href ? "page" : undefined}>
            {label}
          </a>
        ))}
      >
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

function titleOf({ tenant }: AppProps["shell"], path: string): string {
  if (tenant === null) return path === "/account/devices" ? "Devices" : "Account";
  return path.startsWith("/admin/reports") ? "Reports" : "Writing";
}
