import { app } from "./app.ts";
import type { Env } from "./env.ts";

export { PostParty } from "../parties/post/index.ts";
export { SessionParty } from "../parties/session/index.ts";

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
