import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import {
  type Image,
  imageFileSchema,
  imageKey,
  imagePath,
  imageSchema,
  imageTypeSchema,
} from "../../schema/http/admin/images.ts";
import { pageQuerySchema } from "../../schema/http/common.ts";
import { imageIdSchema } from "../../schema/ids.ts";
import { command, decodeCursor, describeError, encodeCursor, job, newId, TryAgain } from "../kernel/index.ts";
import { limitsOf } from "./config.ts";
import {
  addReservation,
  countImages,
  deleteRow,
  findRow,
  imageGoneStatement,
  type ImageRow,
  imageStatement,
  markStored,
  newestImages,
  nextLate,
  requireImage,
  takeLateReservations,
} from "./images.ts";
import { bySomeone, hasRole, requireRole, type SiteContext } from "./site-context.ts";
import { tellStats } from "./stats.ts";
import { imageTooLarge, requireWithin } from "./tier-limits.ts";

/** What the edge has read off an image's bytes, and what it is called. */
const uploadSchema = imageSchema.pick({ name: true, type: true, size: true, width: true, height: true });
const reservedSchema = bySomeone.extend({ id: imageIdSchema, type: imageTypeSchema });
const keySchema = z.tuple([z.number().int(), z.string()]);

/**
 * Images: for authors and up. The edge puts the file into R2 between `reserveImage` and `confirmImage`; what dies in
 * between leaves neither a place taken nor a file.
 */
export function imageMethods(context: SiteContext) {
  const { db } = context;
  const list = `images ${context.subdomain}`;

  return {
    /** Takes a place for a file. @throws PartyError `forbidden`, `too_large` for what the tier does not allow */
    reserveImage: command(bySomeone.extend({ image: uploadSchema }), ({ principal, image }) => {
      const { user } = requireRole(context, principal, "author");
      const site = context.site();
      if (image.size > limitsOf(site).imageBytes) throw imageTooLarge(site);
      requireWithin(site, "images", countImages(db) + 1, "images");
      const id = newId("image");
      addReservation(db, { id, ...image, uploaderId: user.id, uploadedAt: context.now() });
      willClear(context);
      return { id, type: image.type };
    }),

    /** The file is there. Answers null when it came too late, or was taken back meanwhile: then it goes again. */
    confirmImage: command(reservedSchema, ({ principal, id, type }): Image | null => {
      requireRole(context, principal, "author");
      const row = findRow(db, id);
      if (row === undefined) {
        deleteFile(context, { id, type });
        return null;
      }
      if (!row.stored) {
        markStored(db, id);
        context.sendToD1(imageStatement(context.d1, context.subdomain, row));
        tellStats(context);
      }
      return toImage(row);
    }),

    /** The file could not be stored, as far as the caller knows. */
    abandonImage: command(reservedSchema, ({ principal, id, type }) => {
      requireRole(context, principal, "author");
      if (findRow(db, id)?.stored === true) return;
      deleteRow(db, id);
      deleteFile(context, { id, type });
    }),

    listImages: command(bySomeone.extend(pageQuerySchema.shape), ({ principal, cursor, limit }) => {
      requireRole(context, principal, "author");
      const from = cursor === undefined ? undefined : decodeCursor(list, cursor, keySchema);
      const rows = newestImages(db, from, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const hasMore = rows.length > limit && last !== undefined;
      return { images: page.map(toImage), nextCursor: hasMore ? encodeCursor(list, [last.uploadedAt, last.id]) : null };
    }),

    /** @throws PartyError `not_found` */
    getImage: command(bySomeone.extend({ id: imageIdSchema }), ({ principal, id }): Image => {
      requireRole(context, principal, "author");
      return toImage(requireImage(db, id));
    }),

    /** Deletes an image, authors one of theirs. @throws PartyError `not_found`, `forbidden` */
    deleteImage: command(bySomeone.extend({ id: imageIdSchema }), ({ principal, id }) => {
      const { user } = requireRole(context, principal, "author");
      const row = requireImage(db, id);
      if (row.uploaderId !== user.id && !hasRole(context, principal, "editor"))
        throw new PartyError("forbidden", { message: "Authors delete their own images, editors all" });
      deleteRow(db, id);
      context.sendToD1(imageGoneStatement(context.d1, id));
      tellStats(context);
      deleteFile(context, row);
    }),
  };
}

export function imageJobs(context: SiteContext) {
  return {
    /** Takes back the places of files that never came, and the files that came without anybody saying so. */
    clearImages: job(z.object({}), () => {
      context.transact(() => {
        for (const row of takeLateReservations(context.db, context.now())) deleteFile(context, row);
        willClear(context);
      });
    }),

    /** Tries for as long as R2 is away: a file that nobody knows of would stay for good. */
    deleteImageFile: job(z.object({ file: imageFileSchema }), async ({ file }) => {
      try {
        await context.env.Images.delete(imageKey(context.subdomain, file));
      } catch (error) {
        throw new TryAgain(describeError(error).error, { cause: error });
      }
    }),
  };
}

function willClear(context: SiteContext): void {
  const at = nextLate(context.db);
  if (at !== undefined) context.once("clearImages", { at });
}

/** Part of the running transaction: once the row is gone, so will be the file. */
function deleteFile(context: SiteContext, { id, type }: Pick<ImageRow, "id" | "type">): void {
  const file = `${id}.${type}`;
  context.once("deleteImageFile", { inMs: 0 }, { id: `deleteImageFile ${file}`, input: { file } });
}

function toImage(row: ImageRow): Image {
  const { stored: _, uploadedAt, ...image } = row;
  return { ...image, url: imagePath(row), uploadedAt: new Date(uploadedAt).toISOString() };
}
