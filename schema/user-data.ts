import { z } from "zod";
import { timeSchema } from "./http/common.ts";
import { userIdSchema } from "./ids.ts";
import { timeZoneSchema } from "./zones.ts";

/**
 * What is kept of a person beside their record, by key. Each key says what its value looks like and who writes it;
 * everyone may read their own.
 */

export const preferencesSchema = z.strictObject({
  theme: z.enum(["light", "dark", "system"]),
  notifications: z.boolean(),
  /** A language tag (BCP 47), such as "en-GB". */
  language: z.string().max(35).refine(isLanguage, "not a language tag"),
  timezone: timeZoneSchema,
});
export type Preferences = z.infer<typeof preferencesSchema>;

/** Names a switch: no leading underscore, so that none is one of JavaScript's own. */
export const flagNameSchema = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "lower-case letters, digits and _");
const MAX_FLAGS = 100;
export const flagsSchema = z
  .record(flagNameSchema, z.boolean())
  .refine((flags) => Object.keys(flags).length <= MAX_FLAGS, `at most ${MAX_FLAGS} flags`);
export type Flags = z.infer<typeof flagsSchema>;

export const DEFAULT_PREFERENCES: Preferences = {
  theme: "system",
  notifications: true,
  language: "en",
  timezone: "UTC",
};

/** How many entries the histories keep, the newest. */
export const MAX_LOGINS = 50;
export const MAX_NAMES = 50;

const onboardingSchema = z.strictObject({
  step: z.enum(["welcome", "profile", "preferences", "complete"]),
  completed: z.boolean(),
  started_at: timeSchema,
  completed_at: timeSchema.optional(),
});

const loginSchema = z.object({
  timestamp: timeSchema,
  device: z.string().optional(),
  ip: z.string().optional(),
  success: z.boolean(),
});
export type Login = z.infer<typeof loginSchema>;

const nameChangeSchema = z.object({
  first_name: z.string(),
  last_name: z.string(),
  timestamp: timeSchema,
  /** The administrator who changed it, when it was not the person. */
  changed_by: userIdSchema.optional(),
});
export type NameChange = z.infer<typeof nameChangeSchema>;

/**
 * Every key. `writer`: "self" may be written by the person, "admin" by those who run the service, "server" by nobody
 * from outside. `initial` is what reads before anything was written; a key without one is not there until then.
 */
export const USER_DATA = {
  preferences: { schema: preferencesSchema, writer: "self", initial: DEFAULT_PREFERENCES },
  feature_flags: { schema: flagsSchema, writer: "admin", initial: {} },
  onboarding_status: { schema: onboardingSchema, writer: "self", initial: undefined },
  session_count: { schema: z.number().int().nonnegative(), writer: "server", initial: 0 },
  last_active: { schema: timeSchema, writer: "server", initial: undefined },
  login_history: { schema: z.array(loginSchema).max(MAX_LOGINS), writer: "server", initial: [] },
  name_history: { schema: z.array(nameChangeSchema).max(MAX_NAMES), writer: "server", initial: [] },
  last_clerk_sync: { schema: timeSchema, writer: "server", initial: undefined },
  signup_date: { schema: timeSchema, writer: "server", initial: undefined },
  signup_source: {
    schema: z.enum(["clerk", "invite", "admin", "sign_in", "postgres"]),
    writer: "server",
    initial: undefined,
  },
} as const satisfies Record<string, { schema: z.ZodType; writer: "self" | "admin" | "server"; initial: unknown }>;

export type UserDataKey = keyof typeof USER_DATA;
export type UserDataValue<K extends UserDataKey> = z.output<(typeof USER_DATA)[K]["schema"]>;
export const USER_DATA_KEYS = Object.keys(USER_DATA) as [UserDataKey, ...UserDataKey[]];
export const userDataKeySchema = z.enum(USER_DATA_KEYS);

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
