/** The worker under test: the real one, and parties that exist only in tests. */
export { TestCounter } from "./counter-party.ts";
export * from "../../parties/post/index.ts";
export * from "../../parties/session/index.ts";
export default { fetch: () => new Response("not yet") };
