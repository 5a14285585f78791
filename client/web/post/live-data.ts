import type { PostProtocol } from "../../../schema/parties/post.ts";
import type { Person } from "../../../schema/principal.ts";
import type { StateOf } from "../../../schema/protocol.ts";
import type { FormatPreferences } from "../format.ts";

/** Id of the element that the live part of a post is rendered into. */
export const LIVE_ROOT_ID = "live";
/** Id of the element that holds `LiveData` as JSON. */
export const LIVE_DATA_ID = "live-data";

export type PostState = StateOf<PostProtocol>;

/** What the live part of a post starts from: the same on the server and in the browser. */
export interface LiveData {
  tenant: string;
  postId: string;
  /** Who reads, or null for somebody who is not signed in. */
  viewer: Person | null;
  /** How the reader wants dates and numbers; null for a stranger. */
  formats: FormatPreferences | null;
  state: PostState;
  signInUrl: string;
  canModerate: boolean;
  /** Why nobody can comment, or null while comments are open. */
  commentsClosed: string | null;
}
