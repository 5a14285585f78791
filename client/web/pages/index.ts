/** The site's server-rendered pages: pure functions of their props that answer a whole HTML document. */
export type * from "./props.ts";
export { renderApexHome } from "./apex-home.tsx";
export { renderApp } from "./app.tsx";
export { renderError } from "./error.tsx";
export { renderInvitation } from "./invitation.tsx";
export { renderPost } from "./post.tsx";
export { renderSignIn } from "./sign-in.tsx";
export { mayUse, sitePageAt } from "./site-pages.ts";
export { renderStaticPage } from "./static-page.tsx";
export { renderTag } from "./tag.tsx";
export { renderTenantHome } from "./tenant-home.tsx";
export { renderTrail, renderTrails } from "./trails.tsx";
