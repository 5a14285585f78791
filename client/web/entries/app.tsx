import type { ReactElement } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import type { Section } from "../../../schema/http/admin/sections.ts";
import { APP_ROOT_ID, BOOTSTRAP_ID, type Bootstrap, SIDEBAR_ID } from "../app/bootstrap.ts";
import { LiveSidebar } from "../app/live-sidebar.tsx";
import { Optimistic } from "../app/optimistic.ts";
import type { SectionsStore } from "../app/sections-store.ts";
import { SignedOut } from "../app/states.tsx";
import { UntilSignedOut } from "../app/until-signed-out.tsx";

/**
 * The signed-in app. Each address is a page load of its own, so that the browser's history, its "leave this page?"
 * and the server's answer all mean what they say; a page's code is fetched only where it is used.
 */
async function pageOf(bootstrap: Bootstrap, sections: SectionsStore): Promise<ReactElement> {
  const path = bootstrap.path.replace(/\/$/, "");
  return bootstrap.tenant === null ? await pageOfApex(bootstrap, path) : await pageOfSite(bootstrap, path, sections);
}

/** Accounts, and running the service. */
async function pageOfApex(bootstrap: Bootstrap, path: string): Promise<ReactElement> {
  switch (path) {
    case "/sites/new": {
      const { NewSitePage } = await import("../app/new-site-page.tsx");
      return <NewSitePage bootstrap={bootstrap} />;
    }
    case "/account": {
      const { ProfilePage } = await import("../app/profile-page.tsx");
      return <ProfilePage waysIn={bootstrap.waysIn} />;
    }
    case "/account/preferences": {
      const { PreferencesPage } = await import("../app/preferences-page.tsx");
      return <PreferencesPage />;
    }
    case "/account/data": {
      const { DataPage } = await import("../app/data-page.tsx");
      return <DataPage />;
    }
    case "/account/devices": {
      const { DevicesPage } = await import("../app/devices-page.tsx");
      return <DevicesPage bootstrap={bootstrap} />;
    }
    case "/admin/users": {
      const { UsersPage } = await import("../app/users-page.tsx");
      return <UsersPage bootstrap={bootstrap} />;
    }
    default: {
      const { UserPage } = await import("../app/user-page.tsx");
      return <UserPage bootstrap={bootstrap} userId={path.slice("/admin/users/".length)} />;
    }
  }
}

/** Running one site. */
async function pageOfSite(bootstrap: Bootstrap, path: string, sections: SectionsStore): Promise<ReactElement> {
  switch (path) {
    case "/admin": {
      const { DashboardPage } = await import("../app/dashboard-page.tsx");
      return <DashboardPage bootstrap={bootstrap} />;
    }
    case "/admin/posts": {
      const { PostsPage } = await import("../app/posts-page.tsx");
      return <PostsPage bootstrap={bootstrap} />;
    }
    case "/admin/pages": {
      const { PagesPage } = await import("../app/pages-page.tsx");
      return <PagesPage bootstrap={bootstrap} />;
    }
    case "/admin/images": {
      const { ImagesPage } = await import("../app/images-page.tsx");
      return <ImagesPage bootstrap={bootstrap} />;
    }
    case "/admin/trails": {
      const { TrailsPage } = await import("../app/trails-page.tsx");
      return <TrailsPage bootstrap={bootstrap} />;
    }
    case "/admin/members": {
      const { MembersPage } = await import("../app/members-page.tsx");
      return <MembersPage bootstrap={bootstrap} />;
    }
    case "/admin/reports": {
      const { ReportsPage } = await import("../app/reports-page.tsx");
      return <ReportsPage bootstrap={bootstrap} />;
    }
    case "/admin/analytics": {
      const { AnalyticsPage } = await import("../app/analytics-page.tsx");
      return <AnalyticsPage bootstrap={bootstrap} />;
    }
    case "/admin/timeline": {
      const { TimelinePage } = await import("../app/timeline-page.tsx");
      return <TimelinePage bootstrap={bootstrap} />;
    }
    case "/admin/settings": {
      const { SettingsPage } = await import("../app/settings-page.tsx");
      return <SettingsPage bootstrap={bootstrap} sections={sections} />;
    }
    default:
      return await pageOfOne(bootstrap, path);
  }
}

/** The page of one thing of many. */
async function pageOfOne(bootstrap: Bootstrap, path: string): Promise<ReactElement> {
  const [, kind, id = ""] = /^\/admin\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (kind === "pages") {
    const { PageEditorPage } = await import("../app/page-editor.tsx");
    return <PageEditorPage bootstrap={bootstrap} pageId={id === "new" ? null : id} />;
  }
  if (kind === "trails") {
    const { TrailPage } = await import("../app/trail-page.tsx");
    return <TrailPage bootstrap={bootstrap} slug={id} />;
  }
  if (kind === "posts") {
    const { EditorPage } = await import("../app/editor-page.tsx");
    return <EditorPage bootstrap={bootstrap} postId={id === "new" ? null : id} />;
  }
  throw new Error(`there is no page at ${path}`);
}

/** The page, as long as somebody is signed in. */
async function guarded(bootstrap: Bootstrap, sections: SectionsStore): Promise<ReactElement> {
  const { viewer, signInUrl } = bootstrap;
  if (viewer === null) {
    return (
      <div className="card-page">
        <SignedOut signInUrl={signInUrl} />
      </div>
    );
  }
  return (
    <UntilSignedOut account={viewer.account} signInUrl={signInUrl}>
      {await pageOf(bootstrap, sections)}
    </UntilSignedOut>
  );
}

const root = document.getElementById(APP_ROOT_ID);
const sidebar = document.getElementById(SIDEBAR_ID);
const json = document.getElementById(BOOTSTRAP_ID)?.textContent;

if (root !== null && json !== undefined && json !== null) {
  const bootstrap = JSON.parse(json) as Bootstrap;
  const sections: SectionsStore = new Optimistic<readonly Section[]>(bootstrap.sections);
  if (sidebar !== null) hydrateRoot(sidebar, <LiveSidebar bootstrap={bootstrap} sections={sections} />);
  createRoot(root).render(await guarded(bootstrap, sections));
}
