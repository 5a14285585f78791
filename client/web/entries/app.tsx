import type { ReactElement } from "react";
import { createRoot } from "react-dom/client";
import { APP_ROOT_ID, BOOTSTRAP_ID, type Bootstrap } from "../app/bootstrap.ts";
import { SignedOut } from "../app/states.tsx";
import { UntilSignedOut } from "../app/until-signed-out.tsx";

/**
 * The signed-in app. Each address is a page load of its own, so that the browser's history, its "leave this page?"
 * and the server's answer all mean what they say; a page's code is fetched only where it is used.
 */
async function pageOf(bootstrap: Bootstrap): Promise<ReactElement> {
  const path = bootstrap.path.replace(/\/$/, "");
  if (path === "/sites/new") {
    const { NewSitePage } = await import("../app/new-site-page.tsx");
    return <NewSitePage bootstrap={bootstrap} />;
  }
  if (path === "/account/devices") {
    const { DevicesPage } = await import("../app/devices-page.tsx");
    return <DevicesPage bootstrap={bootstrap} />;
  }
  if (path === "/admin/reports") {
    const { ReportsPage } = await import("../app/reports-page.tsx");
    return <ReportsPage bootstrap={bootstrap} />;
  }
  const edited = /^\/admin\/posts\/([^/]+)$/.exec(path)?.[1];
  if (edited !== undefined) {
    const { EditorPage } = await import("../app/editor-page.tsx");
    return <EditorPage bootstrap={bootstrap} postId={edited === "new" ? null : edited} />;
  }
  const { PostsPage } = await import("../app/posts-page.tsx");
  return <PostsPage bootstrap={bootstrap} />;
}

/** The page, as long as somebody is signed in. */
async function guarded(bootstrap: Bootstrap): Promise<ReactElement> {
  const { viewer, signInUrl } = bootstrap;
  if (viewer === null) {
    return (
      <div className="card-page">
        <SignedOut signInUrl={signInUrl} />
      </div>
    );
  }
  return (
    <UntilSignedOut userId={viewer.person.id} signInUrl={signInUrl}>
      {await pageOf(bootstrap)}
    </UntilSignedOut>
  );
}

const root = document.getElementById(APP_ROOT_ID);
const json = document.getElementById(BOOTSTRAP_ID)?.textContent;

if (root !== null && json !== undefined && json !== null) {
  const bootstrap = JSON.parse(json) as Bootstrap;
  createRoot(root).render(await guarded(bootstrap));
}
