import { z } from "zod";

/*
 * The bodies of the public surface, written down a second time, by hand and strictly: whoever drops, renames or adds a
 * field of an answer finds out here that it is a change of the contract.
 */

const time = z.iso.datetime();
const id = z.string().min(1);
const count = z.number().int().nonnegative();

export const personShape = z.strictObject({ id, name: z.string(), picture: z.string().nullable() });

export const errorShape = z.looseObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    retryAfterMs: z.number().int().positive().optional(),
    issues: z
      .array(z.strictObject({ path: z.array(z.union([z.string(), z.number()])), message: z.string() }))
      .optional(),
    traceId: z.string().min(1),
  }),
});

export const signedInShape = z.strictObject({
  userId: id,
  sessionId: id,
  accessToken: z.string(),
  expiresIn: z.number().int().positive(),
});
export const accessShape = signedInShape.pick({ accessToken: true, expiresIn: true });

const presence = z.enum(["online", "away", "offline"]);
export const sessionShape = z.strictObject({
  id,
  deviceId: id,
  deviceName: z.string(),
  ipAddress: z.string().nullable(),
  createdAt: time,
  lastActive: time,
  expiresAt: time,
  presence,
  current: z.boolean(),
});
export const sessionsShape = z.strictObject({ sessions: z.array(sessionShape) });
export const meShape = z.strictObject({
  user: personShape.extend({ email: z.string().nullable(), role: z.string() }),
  session: sessionShape,
});

export const auditShape = z.strictObject({
  entries: z.array(
    z.strictObject({
      id,
      kind: z.enum([
        "sign_in",
        "sign_in_failed",
        "refresh_reuse",
        "session_revoked",
        "session_displaced",
        "locked_out",
      ]),
      at: time,
      sessionId: id.nullable(),
      deviceName: z.string().nullable(),
      ipAddress: z.string().nullable(),
      provider: z.string().nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const tenantShape = z.strictObject({
  subdomain: z.string(),
  displayName: z.string(),
  tier: z.enum(["seedling", "sapling", "oak", "evergreen"]),
  theme: z.looseObject({}),
  features: z.looseObject({}),
  limits: z.looseObject({ requestsPerMinute: z.number() }),
  version: z.number().int().positive(),
});

export const postShape = z.strictObject({
  id,
  tenant: z.string(),
  slug: z.string(),
  title: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
  status: z.enum(["draft", "published", "private"]),
  author: personShape,
  publishedAt: time.nullable(),
  updatedAt: time,
  revision: z.number().int().positive(),
});
export const postsShape = z.strictObject({ posts: z.array(postShape), nextCursor: z.string().nullable() });

export const commentShape = z.strictObject({
  id,
  postId: id,
  author: personShape,
  content: z.string(),
  html: z.string(),
  parentId: id.nullable(),
  depth: count,
  createdAt: time,
  editedAt: time.nullable(),
  deleted: z.boolean(),
});
export const commentsShape = z.strictObject({ comments: z.array(commentShape), nextCursor: z.string().nullable() });

const countsShape = z.strictObject({ like: count, love: count, insightful: count, celebrate: count, curious: count });
export const reactionsShape = z.strictObject({ counts: countsShape, mine: z.array(z.string()) });

/** The state of a session's party: over HTTP, in `initial_state` and `state`, and in `resync`. */
export const sessionStateShape = z.strictObject({
  sessionId: id,
  deviceId: id,
  activeGames: z.array(z.string()),
  settings: z.record(z.string(), z.unknown()),
  presence,
  lastActive: time,
  devices: z.array(sessionShape.omit({ current: true })),
});
export const presenceUpdatedShape = sessionStateShape
  .pick({ presence: true, lastActive: true, devices: true })
  .extend({ type: z.literal("presence_updated") });

const bareWelcome = {
  type: z.literal("welcome"),
  protocol: z.number().int().positive(),
  connectionId: id,
  userId: id.nullable(),
  seq: count,
};
/** Of a session's party, whose state comes in the next frame. */
export const bareWelcomeShape = z.strictObject(bareWelcome);
/** Of a socket that was away and gets what it has missed. */
export const resumedShape = z.strictObject({ ...bareWelcome, resumed: z.literal(true) });
export const welcomeShape = z.strictObject({
  ...bareWelcome,
  state: z.looseObject({
    post: postShape.omit({ content: true }),
    comments: z.array(commentShape),
    reactions: reactionsShape,
    presence: z.strictObject({ count }),
  }),
});
