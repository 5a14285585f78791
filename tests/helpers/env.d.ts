/** What the worker under test is bound to, for `env` of cloudflare:workers. */
declare namespace Cloudflare {
  interface Env {
    readonly DB: D1Database;
    readonly Session: DurableObjectNamespace;
    readonly Post: DurableObjectNamespace;
    readonly Attempts: DurableObjectNamespace;
    readonly Users: DurableObjectNamespace;
    readonly Tenant: DurableObjectNamespace;
    readonly Analytics: DurableObjectNamespace;
    readonly Images: R2Bucket;
    readonly TestCounter: DurableObjectNamespace<import("./counter-party.ts").TestCounter>;
    readonly TestGreeter: DurableObjectNamespace<import("./greeter-party.ts").TestGreeter>;
    readonly Guestbook: DurableObjectNamespace<import("../../docs/examples/guestbook.ts").Guestbook>;
    readonly TestQueue: Queue;
    readonly SESSION_SECRET: string;
    readonly ENCRYPTION_KEYS: string;
    readonly TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
  /** Gives `exports` of cloudflare:workers its type. */
  interface GlobalProps {
    mainModule: typeof import("./worker.ts");
  }
}
