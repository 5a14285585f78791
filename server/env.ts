/** What wrangler.toml and the deployment's settings put into the worker. Settings are read through config.ts only. */
export interface Env {
  readonly ASSETS: Fetcher;
  readonly DB: D1Database;
  readonly Session: DurableObjectNamespace;
  readonly Post: DurableObjectNamespace;
  readonly Attempts: DurableObjectNamespace;
  readonly Users: DurableObjectNamespace;
  readonly Tenant: DurableObjectNamespace;
  readonly Analytics: DurableObjectNamespace;
  readonly Images: R2Bucket;
  readonly [binding: string]: unknown;
}
