import { describe, expect, test } from "vitest";
import type { Trail } from "../../schema/http/admin/trails.ts";
import { withD1Migrations } from "../helpers/d1.ts";
import { call, givenPeople, makeSite, refusal, signInAs } from "./support.ts";

withD1Migrations();

const PATH = "/api/admin/trails";
const TRAIL = {
  title: "To the sea",
  description: "Slowly.",
  waypoints: [
    { id: "start", title: "Start", status: "complete", icon: "flag" },
    { title: "Over the hill", links: [{ label: "Map", href: "https://example.com/map" }] },
  ],
};

async function givenTrails() {
  const site = await makeSite();
  const as = { host: site.host, token: site.owner.token };
  return {
    ...site,
    as,
    put: async (slug: string, body: unknown = TRAIL) => await call("PUT", `${PATH}/${slug}`, { ...as, body }),
    get: async (slug: string) => await call("GET", `${PATH}/${slug}`, as),
    walk: async (slug: string, id: string, body: unknown) =>
      await call("PATCH", `${PATH}/${slug}/waypoints/${id}`, { ...as, body }),
  };
}

describe("a trail", () => {
  test("is set, read, listed, walked and deleted", async () => {
    const { put, get, walk, as } = await givenTrails();
    const made = await put("to-the-sea");
    expect(made.status).toBe(200);
    const trail = await made.json<Trail>();
    const id = trail.waypoints[1]?.id ?? "";
    expect(trail).toEqual({
      slug: "to-the-sea",
      title: "To the sea",
      description: "Slowly.",
      waypoints: [
        { id: "start", title: "Start", description: "", status: "complete", icon: "flag", links: [] },
        {
          id,
          title: "Over the hill",
          description: "",
          status: "planned",
          icon: null,
          links: [{ label: "Map", href: "https://example.com/map" }],
        },
      ],
    });
    expect(await (await get("to-the-sea")).json()).toEqual(trail);
    const walked = await walk("to-the-sea", id, { status: "in_progress" });
    expect(walked.status).toBe(200);
    expect((await walked.json<Trail>()).waypoints.map(({ status }) => status)).toEqual(["complete", "in_progress"]);
    expect(await (await call("GET", PATH, as)).json()).toEqual({
      trails: [{ slug: "to-the-sea", title: "To the sea", description: "Slowly.", total: 2, complete: 1 }],
    });
    expect((await call("DELETE", `${PATH}/to-the-sea`, as)).status).toBe(204);
    expect(await refusal(await get("to-the-sea"))).toBe("404 not_found");
  });

  test("keeps two statuses that are set at once", async () => {
    const { put, get, walk } = await givenTrails();
    const waypoints = ["w1", "w2", "w3"].map((id) => ({ id, title: id }));
    await put("t", { title: "T", waypoints });
    await Promise.all([walk("t", "w1", { status: "complete" }), walk("t", "w3", { status: "deferred" })]);
    const { waypoints: now } = await (await get("t")).json<Trail>();
    expect(now.map(({ status }) => status)).toEqual(["complete", "planned", "deferred"]);
  });

  test.each([
    [{ ...TRAIL, title: "" }],
    [{ ...TRAIL, owner: "me" }],
    [{ title: "T", waypoints: [{ title: "x", status: "done" }] }],
    [{ title: "T", waypoints: [{ title: "x", links: [{ label: "Bad", href: "javascript:alert(1)" }] }] }],
    [
      {
        title: "T",
        waypoints: [
          { id: "same", title: "x" },
          { id: "same", title: "y" },
        ],
      },
    ],
    [{ title: "T", waypoints: Array.from({ length: 201 }, () => ({ title: "x" })) }],
  ])("from %j is refused", async (body) => {
    const { put, get } = await givenTrails();
    expect(await refusal(await put("t", body))).toBe("422 unprocessable");
    expect(await refusal(await get("t"))).toBe("404 not_found");
  });

  test("has no waypoint that it has not, and no other status", async () => {
    const { put, walk } = await givenTrails();
    await put("t");
    expect(await refusal(await walk("t", "nowhere", { status: "complete" }))).toBe("404 not_found");
    expect(await refusal(await walk("other", "start", { status: "complete" }))).toBe("404 not_found");
    expect(await refusal(await walk("t", "start", { status: "done" }))).toBe("422 unprocessable");
    expect(await refusal(await walk("t", "start", { status: "complete", title: "x" }))).toBe("422 unprocessable");
    expect(await refusal(await walk("t", "a%20b", { status: "complete" }))).toBe("404 not_found");
  });
});

describe("trails", () => {
  const asking = async (host: string, token?: string) => {
    const as = { host, token };
    const asked = [
      await call("GET", PATH, as),
      await call("PUT", `${PATH}/t`, { ...as, body: TRAIL }),
      await call("GET", `${PATH}/t`, as),
      await call("PATCH", `${PATH}/t/waypoints/start`, { ...as, body: { status: "deferred" } }),
      await call("DELETE", `${PATH}/t`, as),
    ];
    return await Promise.all(asked.map(async (answer) => (answer.ok ? answer.status : await refusal(answer))));
  };
  const all = (refused: string) => Array.from({ length: 5 }, () => refused);

  test("are for owners and operators, and for nobody else", async () => {
    const site = await givenTrails();
    await site.put("t");
    for (const { token } of await givenPeople(site))
      expect(await asking(site.host, token)).toEqual(all("403 forbidden"));
    expect(await asking(site.host)).toEqual(all("401 unauthenticated"));
    for (const { token } of [await signInAs("admin"), site.owner])
      expect(await asking(site.host, token)).toEqual([200, 200, 200, 200, 204]);
  });

  test("are not changed from a foreign origin", async () => {
    const { host, owner, put, get } = await givenTrails();
    await put("t");
    const forged = { host, cookie: owner.cookie, origin: "https://evil.example" };
    expect(await refusal(await call("DELETE", `${PATH}/t`, forged))).toBe("403 forbidden");
    expect((await get("t")).status).toBe(200);
  });

  test("are shown to everybody unless the site hides them", async () => {
    const { host, as, put } = await givenTrails();
    const trail = await (await put("t")).json<Trail>();
    const hide = async (hidden: boolean) =>
      await call("PUT", "/api/admin/sections/trails", { ...as, body: { enabled: !hidden } });
    const asked = async () => [
      await call("GET", "/api/trails", { host }),
      await call("GET", "/api/trails/t", { host }),
    ];
    const [list, one] = await asked();
    expect(await list?.json()).toMatchObject({ trails: [{ slug: "t", total: 2, complete: 1 }] });
    expect(await one?.json()).toEqual(trail);
    expect(await refusal(await call("GET", "/api/trails/other", { host }))).toBe("404 not_found");
    expect(await refusal(await call("GET", "/api/trails"))).toBe("404 not_found");
    expect((await hide(true)).status).toBe(200);
    for (const answer of await asked()) expect(await refusal(answer)).toBe("404 not_found");
    expect((await hide(false)).status).toBe(200);
    expect((await asked()).map(({ status }) => status)).toEqual([200, 200]);
  });
});
