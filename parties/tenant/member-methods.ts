import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { memberChangesSchema, newInvitationSchema } from "../../schema/http/admin/members.ts";
import { invitationIdSchema, userIdSchema } from "../../schema/ids.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { isAtLeast } from "../../schema/site-roles.ts";
import { command, job, newId } from "../kernel/index.ts";
import { configOf, readSite } from "./config.ts";
import {
  addInvitation,
  countOpen,
  findInvitation,
  type InvitationRow,
  markAccepted,
  openInvitations,
  pruneInvitations,
  revoke,
} from "./invitations.ts";
import {
  allMembers,
  countMembers,
  deleteMember,
  findMember,
  isLastOwner,
  memberGoneStatement,
  type MemberRow,
  memberStatement,
  putMember,
  requireMember,
  siteWithout,
} from "./members.ts";
import { bySomeone, requireRole, requireSignedIn, type SiteContext } from "./site-context.ts";
import { requireWithin } from "./tier-limits.ts";

/** What is told of an invitation: nothing that its link could be made of. */
export type ToldInvitation = Pick<InvitationRow, "id" | "role" | "note" | "createdAt" | "expiresAt">;

const byLink = z.object({ secret: z.string().max(200) });

/** Who belongs to the site, and how others come to. */
export function memberMethods(context: SiteContext) {
  const { db } = context;

  return {
    listMembers: command(bySomeone, ({ principal }): MemberRow[] => {
      requireRole(context, principal, "owner");
      return allMembers(db);
    }),

    /** Makes a member something else. @throws PartyError `not_found`, `conflict` for the last owner */
    changeMember: command(
      bySomeone.extend({ userId: userIdSchema, changes: memberChangesSchema }),
      ({ principal, userId, changes }): { member: MemberRow; config: SiteConfig } => {
        requireRole(context, principal, "owner");
        const before = requireMember(db, userId);
        if (changes.role !== "owner") requireAnotherOwner(userId);
        const member = before.role === changes.role ? before : put({ ...before, role: changes.role });
        return { member, config: currentConfig() };
      },
    ),

    /** Removes a member, or leaves. @throws PartyError `not_found`, `conflict` for the last owner */
    removeMember: command(
      bySomeone.extend({ userId: userIdSchema }),
      ({ principal, userId }): { config: SiteConfig } => {
        const { user } = requireSignedIn(principal);
        if (user.id !== userId) requireRole(context, principal, "owner");
        requireMember(db, userId);
        requireAnotherOwner(userId);
        remove(userId);
        return { config: currentConfig() };
      },
    ),

    /** Somebody's account is no more. The last owner stays in name: a site belongs to somebody until an operator decides. */
    forgetPerson: command(z.object({ userId: userIdSchema }), ({ userId }) => {
      if (readSite(db) === undefined || findMember(db, userId) === undefined || isLastOwner(db, userId)) return;
      remove(userId);
    }),

    listInvitations: command(bySomeone, ({ principal }): ToldInvitation[] => {
      requireRole(context, principal, "owner");
      return openInvitations(db, context.now()).map(toTold);
    }),

    /** Makes a link that makes one person a member. Its secret is answered here and nowhere else. */
    createInvitation: command(
      bySomeone.extend({ invitation: newInvitationSchema }),
      ({ principal, invitation }): { invitation: ToldInvitation; secret: string } => {
        requireRole(context, principal, "owner");
        const now = context.now();
        const after = countMembers(db) + countOpen(db, now) + 1;
        requireWithin(context.site(), "members", after, "members, open invitations included");
        const { row, secret } = addInvitation(db, { id: newId("invitation"), ...invitation }, now);
        prune(context);
        return { invitation: toTold(row), secret };
      },
    ),

    /** @throws PartyError `not_found` for one that is not there, or was taken up */
    revokeInvitation: command(bySomeone.extend({ id: invitationIdSchema }), ({ principal, id }) => {
      requireRole(context, principal, "owner");
      if (!revoke(db, id)) throw new PartyError("not_found", { message: "There is no such invitation" });
    }),

    /** What a link offers to whoever holds it. @throws PartyError `not_found`, `gone` */
    readInvitation: command(bySomeone.extend(byLink.shape), ({ principal, secret }) => {
      const userId = principal.kind === "user" ? principal.user.id : undefined;
      const { role, expiresAt } = findInvitation(db, secret, userId, context.now());
      return { role, displayName: context.site().displayName, expiresAt };
    }),

    /**
     * Makes a member of whoever comes with the link. Coming again changes nothing, and who is as much already stays so,
     * the link unused.
     * @throws PartyError `not_found`, `gone`, `forbidden` when the site's tier has no room
     */
    acceptInvitation: command(
      bySomeone.extend(byLink.shape),
      ({ principal, secret }): { member: MemberRow; config: SiteConfig } => {
        const { user } = requireSignedIn(principal);
        const invitation = findInvitation(db, secret, user.id, context.now());
        const before = findMember(db, user.id);
        if (invitation.acceptedBy !== null && before === undefined)
          throw new PartyError("gone", { message: "This invitation has been taken up" });
        if (before !== undefined && (invitation.acceptedBy !== null || isAtLeast(before.role, invitation.role)))
          return { member: before, config: currentConfig() };
        if (before === undefined) requireWithin(context.site(), "members", countMembers(db) + 1, "members");
        markAccepted(db, invitation.id, user.id);
        const joinedAt = before?.joinedAt ?? context.now();
        return { member: put({ userId: user.id, role: invitation.role, joinedAt }), config: currentConfig() };
      },
    ),
  };

  /** What D1 hears of a member leaves before the site's version: whoever sees the version finds the member. */
  function put(member: MemberRow): MemberRow {
    const stored = putMember(db, member);
    context.sendToD1(memberStatement(context.d1, context.subdomain, stored), { slot: `member ${stored.userId}` });
    context.changed(siteWithout(db, context.site(), stored.userId));
    return stored;
  }

  function remove(userId: string): void {
    deleteMember(db, userId);
    context.sendToD1(memberGoneStatement(context.d1, context.subdomain, userId), { slot: `member ${userId}` });
    context.changed(siteWithout(db, context.site(), userId));
  }

  function requireAnotherOwner(userId: string): void {
    if (!isLastOwner(db, userId)) return;
    throw new PartyError("conflict", { message: "A site has an owner: make somebody else one first" });
  }

  function currentConfig(): SiteConfig {
    return configOf(db, context.site());
  }
}

export function memberJobs(context: SiteContext) {
  return {
    /** Forgets invitations that are long over, with what was noted on them. */
    pruneInvitations: job(z.object({}), () => context.transact(() => prune(context))),
  };
}

function prune(context: SiteContext): void {
  const at = pruneInvitations(context.db, context.now());
  if (at !== undefined) context.once("pruneInvitations", { at });
}

function toTold({ id, role, note, createdAt, expiresAt }: InvitationRow): ToldInvitation {
  return { id, role, note, createdAt, expiresAt };
}
