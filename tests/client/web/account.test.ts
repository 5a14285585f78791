import { describe, expect, test } from "vitest";
import { activityWords, isAlarming, withNewest } from "../../../client/web/app/activity-log.ts";
import { deviceKind } from "../../../client/web/app/device-kind.ts";
import { inCalmOrder, listedDevices, liveDevices } from "../../../client/web/app/devices.ts";
import { refreshSession } from "../../../client/web/app/refresh-session.ts";
import { auditKindSchema, type AuditEntry, type AuditList } from "../../../schema/http/audit.ts";
import { deviceOf, SESSION_ID, sessionState } from "../helpers/session-fixtures.ts";

describe("a device", () => {
  test.each([
    ["Chrome on macOS", "laptop"],
    ["Microsoft Edge on Windows", "laptop"],
    ["Firefox on Linux", "laptop"],
    ["Safari on iOS", "phone"],
    ["Chrome on Android", "phone"],
    ["Safari on iPadOS", "tablet"],
    ["curl", "program"],
    ["Unknown device", "program"],
  ])("named %s looks like a %s", (name, kind) => {
    expect(deviceKind(name)).toBe(kind);
  });

  test("that shows the list counts as connected before it is", () => {
    const sessions = [deviceOf(1), deviceOf(2)].map((device, index) => {
      return { ...device, presence: "offline" as const, current: index === 0 };
    });
    expect(listedDevices(sessions).map(({ presence }) => presence)).toEqual(["online", "offline"]);
  });

  test("that one is using comes first, then the newest sign-ins, whatever was active last", () => {
    const older = deviceOf(2, { createdAt: "2026-01-02T00:00:00.000Z", lastActive: "2026-01-09T00:00:00.000Z" });
    const newer = deviceOf(3, { createdAt: "2026-01-03T00:00:00.000Z" });
    const devices = liveDevices(sessionState({ devices: [older, deviceOf(1), newer] }));
    expect(inCalmOrder(devices).map(({ id, current }) => [id, current])).toEqual([
      [SESSION_ID, true],
      [newer.id, false],
      [older.id, false],
    ]);
  });
});

function entryOf(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: `aud_0000000000000000000a${n}`,
    kind: "sign_in",
    at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    sessionId: null,
    deviceName: null,
    ipAddress: null,
    provider: null,
    actorId: null,
    detail: null,
    ...more,
  };
}

describe("the account's activity", () => {
  test("is told in words, with the provider's name where it has one", () => {
    expect(activityWords({ kind: "sign_in", provider: "github" })).toBe("Signed in with GitHub");
    expect(activityWords({ kind: "sign_in", provider: "dev" })).toBe("Signed in");
    expect(activityWords({ kind: "sign_in_failed", provider: "oidc" })).toBe(
      "A sign-in with single sign-on was refused",
    );
    expect(activityWords({ kind: "session_revoked", provider: "github" })).toBe("Logged out");
    const words = auditKindSchema.options.map((kind) => activityWords({ kind, provider: null }));
    expect(new Set(words).size).toBe(auditKindSchema.options.length);
  });

  test("is marked where its owner should look twice", () => {
    expect(auditKindSchema.options.filter(isAlarming)).toEqual(["sign_in_failed", "refresh_reuse", "locked_out"]);
  });

  test("gets what is new on top, once, and keeps its way to what is older", () => {
    const known: AuditList = { entries: [entryOf(3), entryOf(2), entryOf(1)], nextCursor: null };
    const newest: AuditList = { entries: [entryOf(4), entryOf(3)], nextCursor: "older" };
    expect(withNewest(known, newest)).toEqual({
      entries: [entryOf(4), entryOf(3), entryOf(2), entryOf(1)],
      nextCursor: null,
    });
    expect(withNewest({ entries: [], nextCursor: null }, { entries: [entryOf(1)], nextCursor: null }).entries).toEqual([
      entryOf(1),
    ]);
  });

  test("starts over when more is new than a page holds, so that nothing is left out in between", () => {
    const newest: AuditList = { entries: [entryOf(9), entryOf(8)], nextCursor: "older" };
    expect(withNewest({ entries: [entryOf(1)], nextCursor: null }, newest)).toEqual(newest);
  });
});

describe("exchanging the session's cookie", () => {
  /** Answers with these in turn: a status, or no answer at all. */
  async function refreshed(...answers: (number | null)[]) {
    const asked: RequestInit[] = [];
    const waits: number[] = [];
    await refreshSession(
      (url, init) => {
        expect(url).toBe("/auth/refresh");
        asked.push(init ?? {});
        const status = answers.shift() ?? null;
        return status === null
          ? Promise.reject(new TypeError("offline"))
          : Promise.resolve(new Response(null, { status }));
      },
      (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    );
    return { asked, waits };
  }

  test("survives leaving the page, and is done once when it was answered", async () => {
    for (const status of [204, 401]) {
      const { asked, waits } = await refreshed(status);
      expect(asked).toMatchObject([{ method: "POST", keepalive: true, credentials: "same-origin" }]);
      expect(waits).toEqual([]);
    }
  });

  test("is tried once more, while the old cookie still gets the same new one, and then left", async () => {
    for (const first of [null, 503, 429]) {
      const { asked, waits } = await refreshed(first, null, 204);
      expect(asked).toHaveLength(2);
      expect(waits).toHaveLength(1);
      expect(waits[0]).toBeLessThan(30_000);
    }
  });
});
