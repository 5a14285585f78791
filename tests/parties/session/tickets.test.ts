import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { newId } from "../../../parties/kernel/index.ts";
import { sessionStub } from "../../../parties/session/index.ts";
import { useClock } from "../../helpers/clock.ts";
import { rowsOf } from "../../helpers/objects.ts";
import { codeOf, givenSessions } from "../support.ts";

const INVALID = { valid: false };
const to = { party: "post", name: `site:${newId("post")}` };

test("a ticket is good once, for 30 seconds to the millisecond, and says which device it stands for", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const deviceId = newId("device");
  const { sessionId } = await sessions.create({ deviceId, provider: "github" });
  const issue = async () => (await sessions.party.issueTicket({ sessionId, ...to })).secret;
  const secret = await issue();
  clock.advance(29_999);
  expect(await sessions.party.redeemTicket({ secret, ...to })).toMatchObject({
    valid: true,
    principal: { user: sessions.user, sessionId },
    deviceId,
    provider: "github",
  });
  expect(await sessions.party.redeemTicket({ secret, ...to })).toEqual(INVALID);

  const late = await issue();
  clock.advance(30_000);
  expect(await sessions.party.redeemTicket({ secret: late, ...to })).toEqual(INVALID);
  const stranger = sessionStub(env, { userId: newId("user") });
  expect(await stranger.redeemTicket({ secret: await issue(), ...to })).toEqual(INVALID);
});

test("a ticket that is shown at another door opens neither that one nor, from then on, its own", async () => {
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  for (const wrong of [
    { ...to, name: `site:${newId("post")}` },
    { ...to, party: "session" },
    { party: "post", name: "" },
  ]) {
    const { secret } = await sessions.party.issueTicket({ sessionId, ...to });
    expect(await sessions.party.redeemTicket({ secret, ...wrong })).toEqual(INVALID);
    expect(await sessions.party.redeemTicket({ secret, ...to })).toEqual(INVALID);
  }
  expect(await rowsOf(sessions.object, "doors")).toEqual([]);
});

test("of 20 people who use a ticket at once, one gets in", async () => {
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  const { secret } = await sessions.party.issueTicket({ sessionId, ...to });
  const results = await Promise.all(Array.from({ length: 20 }, () => sessions.party.redeemTicket({ secret, ...to })));
  expect(results.filter(({ valid }) => valid)).toHaveLength(1);
});

test("tickets that wait are limited, and make room when they are late", async () => {
  const clock = useClock();
  const sessions = givenSessions();
  const { sessionId } = await sessions.create();
  const issue = () => sessions.party.issueTicket({ sessionId, ...to });
  for (let n = 0; n < 100; n++) await issue();
  expect(await codeOf(issue())).toBe("rate_limited");
  clock.advance(30_000);
  await issue();
  expect(await rowsOf(sessions.object, "tickets")).toHaveLength(1);
});
