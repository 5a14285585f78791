import { describe, expect, test } from "vitest";
import { withD1Migrations } from "../helpers/d1.ts";
import { join } from "../helpers/sockets.ts";
import { call, makeSite, refusal, signIn, writePost } from "./support.ts";

withD1Migrations();

/** What a site's owner sets holds for every post of it, from the next request on. */
describe("a change of a site", () => {
  const change = async ({ host, owner }: Awaited<ReturnType<typeof makeSite>>, body: object) =>
    await call("PUT", "/api/admin/config", { host, token: owner.token, body });

  test("closes and opens the discussion of posts whose parties knew it otherwise", async () => {
    const site = await makeSite();
    const post = await writePost(site);
    const ada = await signIn();
    const path = `/api/posts/${post.id}/comments`;
    const say = async (content: string) =>
      await call("POST", path, { host: site.host, token: ada.token, body: { content } });
    expect((await say("One")).status).toBe(201);
    await change(site, { features: { comments: false } });
    expect(await refusal(await say("Two"))).toBe("403 forbidden");
    await change(site, { features: { comments: true, commentPolicy: "members" } });
    expect(await refusal(await say("Three"))).toBe("403 forbidden");
    const owners = await call("POST", path, { host: site.host, token: site.owner.token, body: { content: "Four" } });
    expect(owners.status).toBe(201);
    await change(site, { features: { commentPolicy: "everyone" } });
    expect((await say("Five")).status).toBe(201);
  });

  test("keeps the counts of reactions to its authors, in answers and on open sockets", async () => {
    const site = await makeSite();
    const post = await writePost(site);
    const ada = await signIn();
    const counts = async (token: string) => {
      const answer = await call("GET", `/api/posts/${post.id}/reactions`, { host: site.host, token });
      return (await answer.json<{ counts?: object }>()).counts;
    };
    expect(await counts(ada.token)).toBeDefined();
    const name = `${site.subdomain}:${post.id}`;
    const socket = await join({ host: site.host, party: "post", name, bearer: ada.token });
    await change(site, { features: { reactionCounts: "authors" } });
    expect(await counts(ada.token)).toBeUndefined();
    expect((await socket.next("resync")).state).not.toHaveProperty("reactions.counts");
    expect(await counts(site.owner.token)).toBeDefined();
  });

  test("shows on its pages at once: name, accent and font", async () => {
    const site = await makeSite();
    await change(site, { displayName: "The glade", theme: { accent: "plum" }, font: "inter" });
    const page = await (await call("GET", "/", { host: site.host })).text();
    expect(page).toContain("The glade");
    expect(page).toMatch(/data-accent="plum"/);
    expect(page).toMatch(/data-font="inter"/);
  });
});
