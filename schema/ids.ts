import { z } from "zod";

/** An opaque id of ours: a short prefix that tells its kind, and 21 random URL-safe characters. */
const opaqueId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_-]{21}$`), `not a valid ${prefix} id`);

export const ID_PREFIXES = {
  user: "usr",
  session: "ses",
  device: "dev",
  post: "pst",
  comment: "cmt",
  report: "rep",
  audit: "aud",
  section: "sec",
  page: "pag",
  image: "img",
  invitation: "inv",
  waypoint: "wpt",
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

export const userIdSchema = opaqueId(ID_PREFIXES.user);
export const sessionIdSchema = opaqueId(ID_PREFIXES.session);
export const deviceIdSchema = opaqueId(ID_PREFIXES.device);
export const postIdSchema = opaqueId(ID_PREFIXES.post);
export const commentIdSchema = opaqueId(ID_PREFIXES.comment);
export const reportIdSchema = opaqueId(ID_PREFIXES.report);
export const auditIdSchema = opaqueId(ID_PREFIXES.audit);
export const sectionIdSchema = opaqueId(ID_PREFIXES.section);
export const pageIdSchema = opaqueId(ID_PREFIXES.page);
export const imageIdSchema = opaqueId(ID_PREFIXES.image);
export const invitationIdSchema = opaqueId(ID_PREFIXES.invitation);
export const waypointIdSchema = opaqueId(ID_PREFIXES.waypoint);

/**
 * A site's name: one DNS label (RFC 1035), so that it can be a host name. Lower case, 3 to 63 characters;
 * a hyphen neither first nor last; no "--" in places 3 and 4, which RFC 5891 keeps for encoded names.
 */
export const subdomainSchema = z
  .string()
  .min(3)
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])$/, "lower-case letters, digits and inner hyphens only")
  .refine((name) => name.slice(2, 4) !== "--", "must not look like an encoded international name");

/** Names that no site may take: our own hosts, and those that mail and the web give a meaning. */
export const RESERVED_SUBDOMAINS: ReadonlySet<string> = new Set(
  "www api app admin auth account mail smtp imap ftp ns1 ns2 cdn assets static status help support docs blog ops root localhost understory".split(
    " ",
  ),
);

/** A post's place in its site's URLs. */
export const slugSchema = z
  .string()
  .min(1)
  .max(96)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower-case words joined by hyphens");

/** An id that a client makes for one operation, so that a retry is recognised. */
export const operationIdSchema = z.string().min(1).max(64);

export const tagSchema = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(32)
  .regex(/^[\p{L}\p{N}]+(?:[ -][\p{L}\p{N}]+)*$/u, "letters and digits, words joined by a space or a hyphen");
