import type { Draft, DraftList } from "../../../schema/http/admin/drafts.ts";
import { ApiError, call } from "../api.ts";
import type { DraftServer } from "./draft-keeper.ts";

/** Browsers take no more than 64 KiB of a request that outlives its page (Fetch, "keepalive"); escapes need room. */
const MAX_KEEPALIVE_LENGTH = 16_000;

export const draftServer: DraftServer = {
  load: async (slug) => {
    // Browsers report every 404 as an error of the page, so the draft is asked for only where it is known to be.
    const { drafts } = await call<DraftList>("GET", "/api/admin/drafts");
    if (!drafts.some((draft) => draft.slug === slug)) return null;
    try {
      return await call<Draft>("GET", pathOf(slug));
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_found") return null;
      throw error;
    }
  },
  save: (slug, body, isLeaving) =>
    call<Draft>("PUT", pathOf(slug), {
      body,
      keepalive: isLeaving && body.content.length < MAX_KEEPALIVE_LENGTH,
    }),
  remove: async (slug, revision) => {
    try {
      await call("DELETE", `${pathOf(slug)}?revision=${revision}`);
    } catch (error) {
      // Gone, or another device's by now: ours is not there any more.
      if (!(error instanceof ApiError && (error.code === "not_found" || error.code === "conflict"))) throw error;
    }
  },
};

function pathOf(slug: string): string {
  return `/api/admin/drafts/${encodeURIComponent(slug)}`;
}

/** What stands for the address of a post that somebody writes and that has none yet: each person has one. */
export function slugOfNew(userId: string): string {
  return `new-${userId.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`;
}
