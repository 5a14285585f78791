/** The worker under test: the real one, and parties that exist only in tests. */
export { TestCounter } from "./counter-party.ts";
export { TestGreeter } from "./greeter-party.ts";
export { Guestbook } from "../../docs/examples/guestbook.ts";
export { default } from "../../server/worker.ts";
export * from "../../server/worker.ts";
