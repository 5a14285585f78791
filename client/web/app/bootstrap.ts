import type { EditorPreferences } from "../../../schema/http/admin/config.ts";
import type { Section } from "../../../schema/http/admin/sections.ts";
import type { Tenant } from "../../../schema/http/tenants.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import type { Viewer, WaysIn } from "../pages/props.ts";

/** Id of the element that holds the app's first facts as JSON. */
export const BOOTSTRAP_ID = "bootstrap";
/** Id of the element that the app is mounted into. */
export const APP_ROOT_ID = "app";
/** Id of the element that holds the sidebar of a site. */
export const SIDEBAR_ID = "sidebar";

/** What the signed-in app knows before its first request. */
export interface Bootstrap {
  viewer: Viewer | null;
  tenant: Tenant | null;
  path: string;
  apexOrigin: string;
  signInUrl: string;
  /** What the viewer is on the site. */
  role: SiteRole | null;
  /** See AppProps. */
  waysIn: WaysIn | null;
  /** Those of the site; null on the apex. */
  editorPreferences: EditorPreferences | null;
  sections: Section[];
}
