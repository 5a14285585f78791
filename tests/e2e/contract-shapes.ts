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
const profile = { email: z.string().nullable(), role: z.enum(["user", "admin", "super_admin"]) };
const status = z.enum(["active", "inactive", "invited", "suspended"]);
const preferences = z.strictObject({
  theme: z.enum(["light", "dark", "system"]),
  notifications: z.boolean(),
  language: z.string(),
  timezone: z.string(),
});
const flags = z.record(z.string(), z.boolean());
export const meShape = z.strictObject({
  user: personShape.extend({ ...profile, status, deleteAt: time.nullable() }),
  session: sessionShape,
  preferences,
  flags,
});
/** What devices know of the account, over sockets. */
const accountShape = personShape.extend({
  ...profile,
  status,
  deleteAt: z.number().nullable(),
  preferences,
  flags,
  version: count,
});

export const userShape = personShape.extend({
  ...profile,
  emailVerified: z.boolean(),
  status,
  createdAt: time,
  updatedAt: time,
  deleteAt: time.nullable(),
  version: count,
});
export const usersShape = z.strictObject({ users: z.array(userShape), nextCursor: z.string().nullable() });
const history = z.strictObject({
  first_name: z.string(),
  last_name: z.string(),
  timestamp: time,
  changed_by: id.optional(),
});
export const userDataShape = z.strictObject({
  preferences,
  feature_flags: flags,
  onboarding_status: z.looseObject({ step: z.string(), completed: z.boolean(), started_at: time }).optional(),
  session_count: count,
  last_active: time.optional(),
  login_history: z.array(
    z.strictObject({ timestamp: time, device: z.string().optional(), ip: z.string().optional(), success: z.boolean() }),
  ),
  name_history: z.array(history),
  last_clerk_sync: time.optional(),
  signup_date: time,
  signup_source: z.string(),
});
export const entryShape = z.strictObject({ key: z.string(), value: z.unknown(), updatedAt: time.nullable() });
export const detailsShape = z.strictObject({
  user: userShape,
  identities: z.array(z.strictObject({ provider: z.string(), subject: z.string(), createdAt: time })),
  data: userDataShape,
});
export const deadLettersShape = z.strictObject({
  deadLetters: z.array(
    z.strictObject({
      id: count,
      messageId: z.string(),
      type: z.string().nullable(),
      reason: z.string(),
      body: z.string(),
      receivedAt: time,
      attempts: count,
    }),
  ),
  nextCursor: z.string().nullable(),
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
        "role_changed",
        "status_changed",
        "flags_changed",
        "name_changed",
        "deletion_requested",
        "deletion_cancelled",
        "account_deleted",
        "data_exported",
      ]),
      at: time,
      sessionId: id.nullable(),
      deviceName: z.string().nullable(),
      ipAddress: z.string().nullable(),
      provider: z.string().nullable(),
      actorId: id.nullable(),
      detail: z.string().nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
});

const tier = z.enum(["seedling", "sapling", "oak", "evergreen"]);
const siteConfig = {
  subdomain: z.string(),
  displayName: z.string(),
  tier,
  theme: z.strictObject({ accent: z.string(), font: z.string() }),
  features: z.strictObject({
    comments: z.boolean(),
    commentPolicy: z.enum(["everyone", "members"]),
    reactionCounts: z.enum(["public", "authors"]),
  }),
  limits: z.strictObject({
    requestsPerMinute: count,
    commentsPerMinute: count,
    uploadsPerHour: count,
    customSections: count.nullable(),
    sectionIcons: z.enum(["none", "few", "all", "uploaded"]),
    pages: count,
    members: count,
    images: count,
    imageBytes: count,
  }),
  timeZone: z.string(),
  version: z.number().int().positive(),
};
export const tenantShape = z.strictObject({
  ...siteConfig,
  menu: z.array(z.strictObject({ slug: z.string(), title: z.string() })),
});

export const sectionShape = z.strictObject({
  id,
  label: z.string(),
  icon: z.string(),
  href: z.string(),
  enabled: z.boolean(),
  tier,
  sortOrder: count,
  kind: z.enum(["builtin", "optional", "custom"]),
  locked: z.string().nullable(),
});
export const sectionsShape = z.strictObject({ sections: z.array(sectionShape) });
export const adminConfigShape = z.strictObject({
  ...siteConfig,
  font: z.string(),
  editorPreferences: z.strictObject({ autoSaveInterval: count, zenMode: z.boolean() }),
  customSections: z.array(sectionShape),
});
export const statsShape = z.strictObject({
  postCount: count,
  totalWords: count,
  draftCount: count,
  publishedThisMonth: count,
  topTags: z.array(z.strictObject({ tag: z.string(), count })),
  accountAge: count,
  storageUsed: count,
  lastActivity: time.nullable(),
  updatedAt: time,
});

export const draftShape = z.strictObject({
  slug: z.string(),
  content: z.string(),
  metadata: z.strictObject({
    title: z.string().optional(),
    slug: z.string().optional(),
    tags: z.array(z.string()).optional(),
    revision: z.number().int().positive().optional(),
  }),
  lastSaved: time,
  deviceId: id,
  revision: z.number().int().positive(),
});
export const draftsShape = z.strictObject({ drafts: z.array(draftShape.omit({ content: true })) });
/** What a lost save is answered with: what was sent, and what is there. */
export const draftConflictShape = z.strictObject({
  ...errorShape.shape,
  yours: draftShape
    .pick({ content: true, metadata: true, deviceId: true })
    .extend({ baseRevision: z.number().int().nonnegative() }),
  theirs: draftShape.nullable(),
});

export const trailShape = z.strictObject({
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  waypoints: z.array(
    z.strictObject({
      id,
      title: z.string(),
      description: z.string(),
      status: z.enum(["planned", "in_progress", "complete", "deferred"]),
      icon: z.string().nullable(),
      links: z.array(z.strictObject({ label: z.string(), href: z.string() })),
    }),
  ),
});
export const trailsShape = z.strictObject({
  trails: z.array(trailShape.omit({ waypoints: true }).extend({ total: count, complete: count })),
});

const role = z.enum(["reader", "author", "editor", "owner"]);
export const memberShape = z.strictObject({ person: personShape, role, joinedAt: time });
export const membersShape = z.strictObject({ members: z.array(memberShape) });
export const invitationShape = z.strictObject({ id, role, note: z.string(), createdAt: time, expiresAt: time });
export const madeInvitationShape = invitationShape.extend({ url: z.url() });
export const invitationsShape = z.strictObject({ invitations: z.array(invitationShape) });
export const offerShape = z.strictObject({ role, displayName: z.string(), expiresAt: time });

export const imageShape = z.strictObject({
  id,
  url: z.string().startsWith("/images/"),
  name: z.string(),
  type: z.enum(["png", "jpg", "gif", "webp", "avif"]),
  size: count,
  width: count,
  height: count,
  uploaderId: id,
  uploadedAt: time,
});
export const imagesShape = z.strictObject({ images: z.array(imageShape), nextCursor: z.string().nullable() });
export const usesShape = z.strictObject({
  uses: z.array(z.strictObject({ kind: z.enum(["post", "page"]), id, title: z.string(), slug: z.string() })),
});

export const sitePageShape = z.strictObject({
  id,
  slug: z.string(),
  title: z.string(),
  content: z.string(),
  status: z.enum(["draft", "published"]),
  menuOrder: count.nullable(),
  updatedAt: time,
  revision: z.number().int().positive(),
});
export const sitePagesShape = z.strictObject({ pages: z.array(sitePageShape.omit({ content: true })) });

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
  account: accountShape,
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
