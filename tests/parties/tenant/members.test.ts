import { drizzle } from "drizzle-orm/d1";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import type { UserPrincipal } from "../../../schema/principal.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { breakD1 } from "../../helpers/faults.ts";
import { crash, hibernate, ringAlarms, rowsOf } from "../../helpers/objects.ts";
import { operator, person } from "../../helpers/principals.ts";
import { codeOf } from "../support.ts";
import { givenSite, openSite, type TestSite } from "./support.ts";

const database = withD1Migrations();
const DAY_MS = 24 * 60 * 60_000;

type Invited = Exclude<SiteRole, "owner">;

/** A site whose tier has room. */
const roomySite = async (): Promise<TestSite> => await openSite({ tier: "oak" });

async function invite({ party, owner }: TestSite, role: Invited = "author") {
  return await party.createInvitation({ principal: owner, invitation: { role, note: "For you" } });
}

/** Somebody who has come by an invitation. */
async function member(site: TestSite, role: SiteRole, name = "Bea"): Promise<UserPrincipal> {
  const principal = person({ name });
  const { secret } = await invite(site, role === "owner" ? "reader" : role);
  await site.party.acceptInvitation({ principal, secret });
  if (role === "owner") await change(site, principal, "owner");
  return principal;
}

async function change({ party, owner }: TestSite, { user }: UserPrincipal, role: SiteRole, by = owner) {
  return await party.changeMember({ principal: by, userId: user.id, changes: { role } });
}

async function remove({ party, owner }: TestSite, { user }: UserPrincipal, by = owner) {
  return await party.removeMember({ principal: by, userId: user.id });
}

async function roles({ party }: TestSite): Promise<Record<string, SiteRole>> {
  return (await party.getConfig({})).members;
}

async function inD1({ subdomain }: TestSite) {
  const rows = await drizzle(database).select().from(d1.siteMembers).where(eq(d1.siteMembers.tenant, subdomain));
  return Object.fromEntries(rows.map(({ userId, role }) => [userId, role]));
}

async function ownerInD1({ subdomain }: TestSite): Promise<string | undefined> {
  const isIt = eq(d1.tenants.subdomain, subdomain);
  return (await drizzle(database).select().from(d1.tenants).where(isIt).get())?.ownerId;
}

describe("an invitation", () => {
  test("makes a member of whoever comes with its link, once, and is nowhere kept as it is", async () => {
    const site = await roomySite();
    const { secret, invitation } = await invite(site, "editor");
    expect(secret).toMatch(/^[\w-]{43}$/);
    const stored = JSON.stringify([await rowsOf(site.object, "invitations"), await rowsOf(site.object, "k_outbox")]);
    expect(stored).not.toContain(secret);
    const bea = person({ name: "Bea" });
    const offer = await site.party.readInvitation({ principal: { kind: "anonymous" }, secret });
    expect(offer).toEqual({ role: "editor", displayName: "Olive & Sons", expiresAt: invitation.expiresAt });
    const { member: joined, config } = await site.party.acceptInvitation({ principal: bea, secret });
    expect(joined).toMatchObject({ userId: bea.user.id, role: "editor" });
    expect(config.members[bea.user.id]).toBe("editor");
    expect(config.tenant.version).toBe(2);
    expect(await codeOf(site.party.acceptInvitation({ principal: person(), secret }))).toBe("gone");
    expect(await codeOf(site.party.readInvitation({ principal: { kind: "anonymous" }, secret }))).toBe("gone");
  });

  test("that is taken up again by the same person answers the same, and raises nothing", async () => {
    const site = await roomySite();
    const { secret } = await invite(site);
    const bea = person();
    const first = await site.party.acceptInvitation({ principal: bea, secret });
    await crash(site.object);
    expect(await site.party.acceptInvitation({ principal: bea, secret })).toEqual(first);
    expect((await site.party.readInvitation({ principal: bea, secret })).role).toBe("author");
  });

  test("does not bring back who was removed", async () => {
    const site = await roomySite();
    const { secret } = await invite(site);
    const bea = person();
    await site.party.acceptInvitation({ principal: bea, secret });
    await remove(site, bea);
    expect(await codeOf(site.party.acceptInvitation({ principal: bea, secret }))).toBe("gone");
    expect(await roles(site)).toEqual({ [site.owner.user.id]: "owner" });
  });

  test("taken up by ten at once makes exactly one of them a member", async () => {
    const site = await roomySite();
    const { secret } = await invite(site);
    const people = Array.from({ length: 10 }, () => person());
    const { party } = site;
    const answers = await Promise.allSettled(
      people.map(async (principal) => await party.acceptInvitation({ principal, secret })),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(Object.keys(await roles(site))).toHaveLength(2);
  });

  test("takes nothing from who is more already, and stays good for another", async () => {
    const site = await roomySite();
    const editor = await member(site, "editor");
    const { secret } = await invite(site, "reader");
    const version = (await site.party.getConfig({})).tenant.version;
    for (const principal of [editor, site.owner]) {
      const { member: same } = await site.party.acceptInvitation({ principal, secret });
      expect(same.role).toBe(principal === editor ? "editor" : "owner");
    }
    expect((await site.party.getConfig({})).tenant.version).toBe(version);
    const { member: joined } = await site.party.acceptInvitation({ principal: person(), secret });
    expect(joined.role).toBe("reader");
  });

  test("gives a member more, and not another place", async () => {
    const site = await roomySite();
    const reader = await member(site, "reader");
    const before = await site.party.listMembers({ principal: site.owner });
    const { secret } = await invite(site, "editor");
    await site.party.acceptInvitation({ principal: reader, secret });
    const after = await site.party.listMembers({ principal: site.owner });
    expect(after).toEqual(
      before.map((row) => (row.userId === reader.user.id ? { ...row, role: "editor" as const } : row)),
    );
  });

  test("is good for seven days, says for thirty more that it is over, and then is forgotten", async () => {
    const clock = useClock();
    const site = await roomySite();
    const { secret, invitation } = await invite(site);
    expect(invitation.expiresAt).toBe(clock.now() + 7 * DAY_MS);
    clock.advance(7 * DAY_MS - 1);
    expect(await site.party.listInvitations({ principal: site.owner })).toHaveLength(1);
    clock.advance(1);
    expect(await site.party.listInvitations({ principal: site.owner })).toEqual([]);
    expect(await codeOf(site.party.acceptInvitation({ principal: person(), secret }))).toBe("gone");
    clock.advance(30 * DAY_MS - 1);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "invitations")).toHaveLength(1);
    clock.advance(1);
    await ringAlarms(site.object);
    expect(await rowsOf(site.object, "invitations")).toEqual([]);
    expect(await codeOf(site.party.acceptInvitation({ principal: person(), secret }))).toBe("not_found");
  });

  test("can be taken back until it was taken up", async () => {
    const site = await roomySite();
    const one = await invite(site);
    await site.party.revokeInvitation({ principal: site.owner, id: one.invitation.id });
    expect(await codeOf(site.party.acceptInvitation({ principal: person(), secret: one.secret }))).toBe("not_found");
    const other = await invite(site);
    await site.party.acceptInvitation({ principal: person(), secret: other.secret });
    const late = site.party.revokeInvitation({ principal: site.owner, id: other.invitation.id });
    expect(await codeOf(late)).toBe("not_found");
  });

  test("of this length, of another site or of nobody is none", async () => {
    const [site, other] = [await roomySite(), await roomySite()];
    const { secret } = await invite(other);
    for (const guess of [secret, "", "A".repeat(43), `${secret}A`, secret.slice(1)])
      expect(await codeOf(site.party.acceptInvitation({ principal: person(), secret: guess }))).toBe("not_found");
  });
});

describe("the members that a tier allows", () => {
  test("include who was invited, and the refusal says what would help", async () => {
    const site = await openSite({ tier: "seedling" });
    const open = [await invite(site), await invite(site)];
    await expect(invite(site)).rejects.toMatchObject({
      code: "forbidden",
      details: { limit: 3, tier: "seedling", unlockedBy: "sapling" },
    });
    await site.party.revokeInvitation({ principal: site.owner, id: open[0]?.invitation.id ?? "" });
    await invite(site);
    expect(await codeOf(invite(site))).toBe("forbidden");
  });

  test("are not passed by invitations of a time when more were allowed, while members may be made more", async () => {
    const site = await roomySite();
    const [bea, cy] = [await member(site, "reader"), await member(site, "reader")];
    const [forBea, forDee] = [await invite(site, "editor"), await invite(site)];
    await site.party.updateConfig({ principal: operator(), changes: { tier: "seedling" } });
    await expect(site.party.acceptInvitation({ principal: person(), secret: forDee.secret })).rejects.toMatchObject({
      code: "forbidden",
      details: { unlockedBy: "sapling" },
    });
    await site.party.acceptInvitation({ principal: bea, secret: forBea.secret });
    await remove(site, cy);
    await site.party.acceptInvitation({ principal: person(), secret: forDee.secret });
  });
});

describe("a member", () => {
  test("is changed and removed by owners and operators only, and may leave", async () => {
    const site = await roomySite();
    const [editor, author, other] = [
      await member(site, "editor"),
      await member(site, "author"),
      await member(site, "owner"),
    ];
    const stranger = person();
    for (const principal of [editor, author, stranger]) {
      expect(await codeOf(change(site, author, "owner", principal))).toBe("forbidden");
      expect(await codeOf(site.party.listMembers({ principal }))).toBe("forbidden");
      expect(await codeOf(site.party.listInvitations({ principal }))).toBe("forbidden");
      const made = site.party.createInvitation({ principal, invitation: { role: "reader", note: "" } });
      expect(await codeOf(made)).toBe("forbidden");
      expect(await codeOf(remove(site, other, principal))).toBe("forbidden");
    }
    expect(await codeOf(site.party.listMembers({ principal: { kind: "anonymous" } }))).toBe("unauthenticated");
    await change(site, author, "reader", other);
    await change(site, author, "editor", operator());
    await remove(site, author, author);
    await remove(site, editor, other);
    expect(await roles(site)).toEqual({ [site.owner.user.id]: "owner", [other.user.id]: "owner" });
    expect(await codeOf(remove(site, author))).toBe("not_found");
    expect(await codeOf(remove(site, stranger, stranger))).toBe("not_found");
    expect(await codeOf(change(site, author, "reader"))).toBe("not_found");
  });

  test("who is the last owner stays one", async () => {
    const site = await roomySite();
    await member(site, "editor");
    for (const by of [site.owner, operator()]) {
      expect(await codeOf(change(site, site.owner, "editor", by))).toBe("conflict");
      expect(await codeOf(remove(site, site.owner, by))).toBe("conflict");
    }
    expect((await change(site, site.owner, "owner")).config.tenant.version).toBe(2);
  });

  test("of two owners who leave at once exactly one does", async () => {
    const site = await roomySite();
    const other = await member(site, "owner");
    const answers = await Promise.allSettled([remove(site, site.owner, site.owner), remove(site, other, other)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(Object.values(await roles(site))).toEqual(["owner"]);
  });

  test("takes the site over when who made it is its owner no more, in D1 too", async () => {
    const clock = useClock();
    const site = await roomySite();
    const bea = await member(site, "owner");
    clock.advance(1_000);
    await member(site, "owner");
    await change(site, site.owner, "author", bea);
    clock.advance(1_000);
    await ringAlarms(site.object);
    expect(await ownerInD1(site)).toBe(bea.user.id);
    expect((await inD1(site))[site.owner.user.id]).toBe("author");
    // What D1 said before comes again, and makes nobody an owner.
    await site.admit();
    expect((await roles(site))[site.owner.user.id]).toBe("author");
  });

  test("reaches D1 as they are in the end, whatever breaks on the way", async () => {
    const clock = useClock();
    const site = await roomySite();
    const faults = breakD1(`tenant:${site.subdomain}`);
    faults.fail("after", 1);
    const [bea, cy] = [await member(site, "author"), await member(site, "reader")];
    await ringAlarms(site.object);
    faults.fail("before", 2);
    await change(site, bea, "editor");
    await remove(site, cy);
    for (let round = 0; round < 5; round += 1) {
      await crash(site.object);
      clock.advance(60_000);
      await ringAlarms(site.object);
    }
    expect(await inD1(site)).toEqual({ [bea.user.id]: "editor" });
    expect(await rowsOf(site.object, "k_outbox")).toEqual([]);
  });

  test("stays one through an eviction", async () => {
    const site = await roomySite();
    const bea = await member(site, "editor");
    await hibernate(site.object);
    expect((await roles(site))[bea.user.id]).toBe("editor");
  });

  test("who is no owner any more is shown out of the dashboard, asleep or not, and others stay", async () => {
    const site = await roomySite();
    const bea = await member(site, "owner");
    const [hers, his, ours] = [await site.join(bea), await site.join(site.owner), await site.join(operator())];
    await hibernate(site.object);
    await change(site, bea, "editor");
    expect(await hers.closed).toMatchObject({ code: 4403 });
    for (const socket of [his, ours]) {
      await socket.next("config_changed");
      expect(socket.isOpen).toBe(true);
    }
    expect(await (await site.open(bea)).closed).toMatchObject({ code: 4403 });
  });
});

describe("somebody whose account ends", () => {
  test("leaves the site, and its last owner stays in name", async () => {
    const site = await roomySite();
    const bea = await member(site, "editor");
    await site.party.forgetPerson({ userId: bea.user.id });
    await site.party.forgetPerson({ userId: site.owner.user.id });
    await site.party.forgetPerson({ userId: person().user.id });
    expect(await roles(site)).toEqual({ [site.owner.user.id]: "owner" });
  });

  test("is nothing to a site whose party has not begun", async () => {
    const site = await givenSite();
    await site.party.forgetPerson({ userId: site.owner.user.id });
    expect((await site.admit()).config?.members).toEqual({ [site.owner.user.id]: "owner" });
  });
});

test("an owner finds who joined and who is invited, in order", async () => {
  const clock = useClock();
  const site = await roomySite();
  const [bea, cy] = [await member(site, "author"), (clock.advance(1), await member(site, "reader"))];
  const members = await site.party.listMembers({ principal: site.owner });
  expect(members.map(({ userId }) => userId)).toEqual([site.owner.user.id, bea.user.id, cy.user.id]);
  const first = await invite(site);
  clock.advance(1);
  const second = await invite(site, "reader");
  const open = await site.party.listInvitations({ principal: site.owner });
  expect(open).toEqual([first.invitation, second.invitation]);
  expect(JSON.stringify(open)).not.toContain("ecret");
});
