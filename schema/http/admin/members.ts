import { z } from "zod";
import { invitationIdSchema } from "../../ids.ts";
import { personSchema } from "../../principal.ts";
import { siteRoleSchema } from "../../site-roles.ts";
import { timeSchema } from "../common.ts";

export const memberSchema = z.object({ person: personSchema, role: siteRoleSchema, joinedAt: timeSchema });
export type Member = z.infer<typeof memberSchema>;
export const memberListSchema = z.object({ members: z.array(memberSchema) });
export type MemberList = z.infer<typeof memberListSchema>;
export const memberChangesSchema = z.strictObject({ role: siteRoleSchema });

/** An invitation that has not been taken up. Its link is shown once, when it is made. */
export const invitationSchema = z.object({
  id: invitationIdSchema,
  role: siteRoleSchema,
  note: z.string(),
  createdAt: timeSchema,
  expiresAt: timeSchema,
});
export type Invitation = z.infer<typeof invitationSchema>;
export const invitationListSchema = z.object({ invitations: z.array(invitationSchema) });
export type InvitationList = z.infer<typeof invitationListSchema>;
/** Nobody is invited to be a second owner: an owner is made of a member. */
export const newInvitationSchema = z.strictObject({
  role: siteRoleSchema.exclude(["owner"]),
  /** For whom it is, in the words of who invites. */
  note: z.string().trim().max(120).default(""),
});
export const madeInvitationSchema = invitationSchema.extend({ url: z.url() });
export type MadeInvitation = z.infer<typeof madeInvitationSchema>;
/** What makes a link: 32 random bytes. */
export const invitationSecretSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** What the link's page shows. */
export const invitationOfferSchema = z.object({ role: siteRoleSchema, displayName: z.string(), expiresAt: timeSchema });
export type InvitationOffer = z.infer<typeof invitationOfferSchema>;
