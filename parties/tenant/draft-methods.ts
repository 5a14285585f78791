import { z } from "zod";
import { type Draft, draftSaveSchema } from "../../schema/http/admin/drafts.ts";
import { postIdSchema, slugSchema } from "../../schema/ids.ts";
import { command, job, procedure } from "../kernel/index.ts";
import { deleteDraft, listDrafts, requireDraft, saveDraft } from "./drafts.ts";
import { followPost, watchPost } from "./post-drafts.ts";
import { bySomeone, requireRole, type SiteContext } from "./site-context.ts";

const ofDraft = bySomeone.extend({ slug: slugSchema });
const postSchema = z.object({ postId: postIdSchema, slug: slugSchema });
const ofPost = bySomeone.extend(postSchema.shape);

/** The drafts index: for editors, wherever they write. */
export function draftMethods(context: SiteContext) {
  return {
    /** Answers the draft with its new revision. `conflict` carries both versions. */
    saveDraft: command(ofDraft.extend({ draft: draftSaveSchema }), ({ principal, slug, draft }): Draft => {
      requireRole(context, principal, "editor");
      return saveDraft(context, slug, draft);
    }),

    getDraft: command(ofDraft, ({ principal, slug }): Draft => {
      requireRole(context, principal, "editor");
      return requireDraft(context, slug);
    }),

    listDrafts: command(bySomeone, ({ principal }) => {
      requireRole(context, principal, "editor");
      return { drafts: listDrafts(context) };
    }),

    deleteDraft: command(
      ofDraft.extend({ revision: z.number().int().positive().optional() }),
      ({ principal, slug, revision }) => {
        requireRole(context, principal, "editor");
        deleteDraft(context, slug, revision);
      },
    ),

    /**
     * The post at this slug is about to be renamed or deleted. From here on its draft follows it, even when nobody
     * comes to call `followPost`. Authors may call both, for what becomes of the draft is D1's to say.
     */
    watchPost: command(ofPost, ({ principal, ...post }) => {
      requireRole(context, principal, "author");
      watchPost(context, post);
    }),

    /** Has the draft that was at `slug` follow its post, now. */
    followPost: procedure(ofPost, async ({ principal, ...post }) => {
      requireRole(context, principal, "author");
      await followPost(context, post);
    }),
  };
}

export function draftJobs(context: SiteContext) {
  return { followPost: job(postSchema, async (post) => await followPost(context, post)) };
}
