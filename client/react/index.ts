/** Hooks over client/core. They run on React 19 and on Preact's compatible runtime, on the server too. */
export { ClientProvider, useClient } from "./client-context.ts";
export { usePost, type UsePost, type UsePostOptions } from "./use-post.ts";
export { useTenantDashboard, type TenantDashboard, type UseTenantDashboardOptions } from "./use-tenant-dashboard.ts";
export { useUserSession, type UserSession, type UseUserSessionOptions } from "./use-user-session.ts";
