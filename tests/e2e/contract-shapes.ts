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

export const sessionShape = z.strictObject({
  id,
  deviceName: z.string(),
  ipAddress: z.string().nullable(),
  createdAt: time,
  lastActive: time,
  expiresAt: time,
  current: z.boolean(),
});
export const sessionsShape = z.strictObject({ sessions: z.array(sessionShape) });
export const meShape = z.strictObject({
  user: personShape.extend({ email: z.string().nullable(), role: z.string() }),
  session: sessionShape,
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

export const welcomeShape = z.strictObject({
  type: z.literal("welcome"),
  protocol: z.number().int().positive(),
  connectionId: id,
  seq: count,
  state: z.looseObject({
    post: postShape.omit({ content: true }),
    comments: z.array(commentShape),
    reactions: reactionsShape,
    presence: z.strictObject({ count }),
  }),
});
