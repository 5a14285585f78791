import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { accessibilityFindings, launchBrowser, scrollsSideways, type Site, startSite, tokenFor } from "./harness.ts";
import { addComment, newContext, newPost, newStage, open, personNamed, preferring, read, type Stage } from "./scene.ts";

const OPERATOR = { name: "Grace Operator", email: "operator@understory.example" };
const BEN = personNamed("Ben Beech");
const SIZES = [
  { width: 360, height: 740 },
  { width: 1_440, height: 900 },
] as const;

const inspectionSchema = z.object({ outbox: z.object({ pending: z.array(z.unknown()) }) });

let site: Site;
let browser: Browser;
let stage: Stage;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite({ ADMIN_EMAILS: OPERATOR.email }), launchBrowser()]);
  stage = await newStage(site);
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

/** Has what a post's party wants to tell D1 leave now, as an operator would, and waits until nothing waits. */
async function hurry(postId: string): Promise<void> {
  const { accessToken } = await tokenFor(site, OPERATOR);
  const party = `${site.origin()}/ops/parties/post/${stage.subdomain}:${postId}`;
  for (;;) {
    const { outbox } = inspectionSchema.parse(JSON.parse((await site.api("GET", party, accessToken)).body));
    if (outbox.pending.length === 0) return;
    await site.api("POST", `${party}/jobs/${encodeURIComponent("outbox d1")}/retry`, accessToken);
  }
}

test("what a reader reports, the owner sees, dismisses or deletes", async () => {
  const post = await newPost(stage, "Hedges");
  const { accessToken: ben } = await tokenFor(site, BEN);
  await addComment(stage, post.id, ben, "Cheap hedges here");
  await addComment(stage, post.id, ben, "I like this one");
  const [readers, owners] = await Promise.all([
    newContext(browser, stage.origin, personNamed("Rita Reader")),
    newContext(browser, stage.origin, stage.owner),
  ]);

  const owner = await open(owners, `${stage.origin}/admin/posts`);
  await owner.page.getByRole("navigation").getByRole("link", { name: "Reports" }).click();
  await owner.page.getByText("Nothing has been reported.").waitFor();

  const reader = await read(readers, post.url);
  const reportOf = async (text: string, reason: string, note: string): Promise<void> => {
    const comment = reader.page.locator(".comment").filter({ hasText: text });
    await comment.getByRole("button", { name: /^Report: / }).click();
    const dialog = reader.page.getByRole("dialog");
    await dialog.getByLabel(reason).check();
    await dialog.getByLabel("Anything to add?").fill(note);
    await dialog.getByRole("button", { name: "Send report" }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await reportOf("I like this one", "Not about this post", "");
  await reportOf("Cheap hedges here", "Spam or advertising", "It is everywhere.");
  await hurry(post.id);

  const { page } = owner;
  await page.reload();
  const row = (text: string) => page.getByRole("listitem").filter({ hasText: text });
  const spam = row("Cheap hedges here");
  for (const words of ["Spam or advertising", "It is everywhere.", "reported by Rita Reader", BEN.name])
    await spam.getByText(words).first().waitFor();
  await row("I like this one").getByText("Not about this post").waitFor();
  for (const viewport of SIZES) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await preferring(page, colorScheme);
      expect(await accessibilityFindings(page)).toEqual([]);
    }
    expect(await scrollsSideways(page)).toBe(false);
  }
  const permalink = await spam.getByRole("link").getAttribute("href");
  expect(permalink).toMatch(/^\/hedges#cmt_/);

  // With the keyboard: the focus goes to the report that follows, and with the last one to the title.
  await spam.getByRole("button", { name: "Delete comment" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Delete this comment?" });
  await dialog.getByRole("button", { name: "Delete" }).press("Enter");
  await page.getByText("Comment deleted.", { exact: true }).waitFor();
  await spam.waitFor({ state: "detached" });
  await page.locator(".report:focus").filter({ hasText: "I like this one" }).waitFor();
  await reader.comment("Cheap hedges here").waitFor({ state: "detached" });

  await page.getByRole("button", { name: /^Dismiss the report of the comment by Ben Beech/ }).press("Enter");
  await page.getByText("Nothing has been reported.").waitFor();
  await page.locator("h1:focus").waitFor();
  await hurry(post.id);
  await page.reload();
  await page.getByText("Nothing has been reported.").waitFor();
  expect(await reader.comment("I like this one").count()).toBe(1);
  expect([...owner.errors, ...reader.errors]).toEqual([]);

  const { page: nosy } = await open(readers, `${stage.origin}/admin/reports`);
  await nosy.getByRole("heading", { name: "You have no part in running this site" }).waitFor();
  await Promise.all([readers.close(), owners.close()]);
});
