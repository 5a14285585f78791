import { drizzle } from "drizzle-orm/d1";
import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import {
  type Comment,
  commentBodySchema,
  type CommentList,
  commentQuerySchema,
  type ReportReason,
  reportReasonSchema,
} from "../../schema/http/posts.ts";
import { commentIdSchema, operationIdSchema } from "../../schema/ids.ts";
import { postFactsSchema, type PostProtocol, type SiteFacts, siteFactsSchema } from "../../schema/parties/post.ts";
import { personSchema, type Principal, principalSchema, type UserPrincipal } from "../../schema/principal.ts";
import type { StateOf } from "../../schema/protocol.ts";
import {
  type ReactionCounts,
  type ReactionResult,
  type Reactions,
  type ReactionType,
  reactionTypeSchema,
} from "../../schema/reactions.ts";
import {
  type Admission,
  command,
  decodeCursor,
  encodeCursor,
  type FrameHandlers,
  newId,
  partyOf,
  procedure,
  type Socket,
} from "../kernel/index.ts";
import * as comments from "./comments.ts";
import {
  type Facts,
  loadFacts,
  markRemoved,
  mayModerate,
  maySee,
  maySeeCounts,
  readFacts,
  renameAuthor,
  requireVisible,
  roleIn,
  writeFacts,
} from "./facts.ts";
import {
  commentGoneStatement,
  COMMENTS_WITHIN_MS,
  commentStatement,
  reactionCountStatement,
  REACTIONS_WITHIN_MS,
  reportsGoneStatement,
  reportStatement,
} from "./projection.ts";
import { reactionCounts, reactionsOf, setReaction } from "./reactions.ts";
import { postSpec } from "./spec.ts";

/** How many of the newest comments a newcomer gets; older ones are paged. */
const SNAPSHOT_COMMENTS = 50;
const PRESENCE_EVERY_MS = 1_000;
const TYPING_EVERY_MS = 2_000;
/** The sockets of those who may moderate: they alone see counts that a site keeps to its authors. */
const MODERATORS = "moderators";

/** `site` is what the caller has just been told of the post's site; an older one than is known changes nothing. */
const asSomeone = z.object({ principal: principalSchema, site: siteFactsSchema.optional() });
type AsSomeone = z.output<typeof asSomeone>;
const operation = asSomeone.extend({ opId: operationIdSchema.optional() });

/**
 * One post, read and discussed live.
 *
 * Name: `tenant:postId`. Truth: reactions and comments live here and are projected to D1 (comments within 30 s, counts
 * within 5 minutes); the post itself lives in D1, and its facts here are a copy that grows with the revision. Presence
 * and typing live on sockets only.
 */
export class PostParty extends partyOf(postSpec) {
  readonly #d1 = drizzle(this.env.DB);

  // --- Entering and leaving

  protected override async enter({ principal }: { principal: Principal }): Promise<Admission> {
    const facts = await this.#facts();
    requireVisible(facts, principal);
    return { audiences: mayModerate(facts, principal) ? [MODERATORS] : [] };
  }

  protected override snapshot({ principal }: Socket): StateOf<PostProtocol> {
    return this.#state(this.#knownFacts(), principal, SNAPSHOT_COMMENTS);
  }

  protected override entered(): void {
    this.#tellPresence();
  }

  protected override left(): void {
    this.#tellPresence();
  }

  // --- Frames

  override readonly frames: FrameHandlers<PostProtocol> = {
    react: ({ reactionType, on }, { principal }) => this.#react(principal, reactionType, on),
    comment: ({ content, parentId }, { principal }) => this.#addComment(principal, content, parentId ?? null),
    edit_comment: ({ commentId, content }, { principal }) => this.#editComment(principal, commentId, content),
    delete_comment: ({ commentId }, { principal }) => this.#deleteComment(principal, commentId),
    typing: (_, { principal }) => this.#typing(principal),
  };

  // --- Methods for the edge and other parties

  override readonly methods = {
    /** All that a page shows: the state as `principal` may see it. `revision` is D1's, when the caller has just read it. */
    read: procedure(
      asSomeone.extend({
        revision: z.number().int().optional(),
        commentLimit: z.number().int().min(1).max(100).default(SNAPSHOT_COMMENTS),
      }),
      async ({ principal, revision, site, commentLimit }) => {
        const facts = await this.#facts({ revision, site });
        requireVisible(facts, principal);
        return this.#state(facts, principal, commentLimit);
      },
    ),

    /** The post was written to D1. An older revision than the known one is ignored. */
    postChanged: command(z.object({ post: postFactsSchema, site: siteFactsSchema }), (next) => {
      this.#learn(next);
    }),

    /** The post was deleted: everyone leaves, and nobody comes in again. */
    removed: command(z.object({}), () => this.#remove()),

    /** Sets or, without `on`, flips a reaction. A repeated `opId` answers as the first time. */
    toggleReaction: procedure(
      operation.extend({ reactionType: reactionTypeSchema, on: z.boolean().optional() }),
      async ({ principal, site, reactionType, on, opId }) =>
        await this.#operate({ principal, site }, { kind: "react", id: opId }, () =>
          this.#react(principal, reactionType, on),
        ),
    ),

    getReactions: procedure(asSomeone, async ({ principal, site }) => {
      const facts = await this.#facts({ site });
      requireVisible(facts, principal);
      return this.#reactions(facts, principal);
    }),

    /** The counts themselves, for callers that answer for who sees them. */
    getReactionCounts: procedure(z.object({}), (): ReactionCounts => reactionCounts(this.db)),

    addComment: procedure(
      operation.extend({ content: commentBodySchema, parentId: commentIdSchema.nullish() }),
      async ({ principal, site, content, parentId, opId }) =>
        await this.#operate({ principal, site }, { kind: "comment", id: opId }, () =>
          this.#addComment(principal, content, parentId ?? null),
        ),
    ),

    editComment: procedure(
      operation.extend({ commentId: commentIdSchema, content: commentBodySchema }),
      async ({ principal, site, commentId, content, opId }) =>
        await this.#operate({ principal, site }, { kind: "edit_comment", id: opId }, () =>
          this.#editComment(principal, commentId, content),
        ),
    ),

    deleteComment: procedure(
      operation.extend({ commentId: commentIdSchema }),
      async ({ principal, site, commentId, opId }) =>
        await this.#operate({ principal, site }, { kind: "delete_comment", id: opId }, () =>
          this.#deleteComment(principal, commentId),
        ),
    ),

    /** Tells the site's owner of a comment; a second report of the same comment by the same person changes nothing. */
    reportComment: procedure(
      asSomeone.extend({ commentId: commentIdSchema, reason: reportReasonSchema, note: z.string().nullish() }),
      async ({ principal, site, commentId, reason, note }) =>
        await this.#operate({ principal, site }, { kind: "report", id: commentId }, () =>
          this.#report(principal, commentId, reason, note ?? null),
        ),
    ),

    listComments: procedure(
      commentQuerySchema.extend(asSomeone.shape),
      async ({ principal, site, cursor, limit, order }): Promise<CommentList> => {
        const facts = await this.#facts({ site });
        requireVisible(facts, principal);
        return this.#page({ cursor, limit, order });
      },
    ),

    /** The newest comments, oldest of them first. */
    getRecentComments: procedure(z.object({ limit: z.number().int().min(1).max(100) }), ({ limit }): Comment[] =>
      this.#page({ cursor: undefined, limit, order: "newest" }).comments.reverse(),
    ),

    getPresence: procedure(z.object({}), () => ({ count: this.people })),

    /** Somebody who wrote here is called otherwise now, or is gone. Everybody gets the state anew. */
    personChanged: command(z.object({ person: personSchema }), ({ person }) => {
      const known = readFacts(this.db);
      const isAuthor = known !== undefined && known.post.author.id === person.id;
      if (isAuthor) renameAuthor(this.db, person);
      if (comments.renamePerson(this.db, person) || isAuthor) this.resync();
    }),

    /** Sends everything that waits for D1 now. Answers how many rows still wait because D1 is away. */
    flush: procedure(z.object({}), async () => ({ waiting: await this.flushOutbox() })),
  };

  // --- The post's facts

  /** Every socket that is in has passed `#facts`. */
  #knownFacts(): Facts {
    const facts = readFacts(this.db);
    if (facts === undefined || facts.removed) throw new PartyError("not_found", { message: "There is no such post" });
    return facts;
  }

  /** The facts, read from D1 when they are not known or older than `revision`, and with what `site` knows better. */
  async #facts({
    revision = 0,
    site,
  }: { revision?: number | undefined; site?: SiteFacts | undefined } = {}): Promise<Facts> {
    const known = readFacts(this.db);
    if (known === undefined || (!known.removed && known.post.revision < revision)) {
      const loaded = await loadFacts(this.#d1, this.parts.tenant, this.parts.postId);
      this.transact(() => (loaded === undefined ? this.#remove() : this.#learn(loaded)));
    }
    const facts = this.#knownFacts();
    if (site === undefined || site.version <= facts.site.version) return facts;
    this.#learn({ post: facts.post, site });
    return this.#knownFacts();
  }

  #remove(): void {
    markRemoved(this.db);
    this.closeSockets(new PartyError("not_found", { message: "This post was deleted" }), () => true);
  }

  #learn(next: Omit<Facts, "removed">): void {
    this.transact(() => this.#learnt(readFacts(this.db), writeFacts(this.db, next)));
  }

  #learnt(known: Facts | undefined, isNews: boolean): void {
    if (!isNews) return;
    const facts = this.#knownFacts();
    const isPublic = facts.post.status === "published";
    if (known === undefined) return;
    if (JSON.stringify(known.post) !== JSON.stringify(facts.post))
      this.emit({ type: "post_updated", post: facts.post }, isPublic ? null : MODERATORS);
    if (known.site.features.reactionCounts !== facts.site.features.reactionCounts) this.resync();
    const hidden = new PartyError("not_found", { message: "This post is no longer public" });
    this.closeSockets(hidden, ({ principal }) => !maySee(facts, principal));
    // What a socket hears was decided when it came in.
    const otherwise = new PartyError("unavailable", { message: "Your part in this site has changed" });
    this.closeSockets(otherwise, ({ principal }) => mayModerate(known, principal) !== mayModerate(facts, principal));
  }

  // --- What handlers and methods share

  /** Does something for a person, once. Kinds are the frames' types: a socket's retry over HTTP is still a retry. */
  async #operate<T>(
    { principal, site }: AsSomeone,
    operation: { kind: string; id: string | undefined },
    effect: () => T,
  ): Promise<T> {
    const { user } = requireUser(principal);
    const facts = await this.#facts({ site });
    requireVisible(facts, principal);
    return this.once({ actor: user.id, ...operation }, effect);
  }

  #state(facts: Facts, principal: Principal, limit: number): StateOf<PostProtocol> {
    const newest = this.#page({ cursor: undefined, limit, order: "newest" });
    return {
      post: facts.post,
      comments: newest.comments.reverse(),
      commentsCursor: newest.nextCursor,
      commentCount: comments.countComments(this.db),
      reactions: this.#reactions(facts, principal),
      presence: { count: this.people },
    };
  }

  #page({
    cursor,
    limit,
    order,
  }: {
    cursor: string | undefined;
    limit: number;
    order: "oldest" | "newest";
  }): CommentList {
    const list = `comments ${this.name} ${order}`;
    const from = cursor === undefined ? undefined : decodeCursor(list, cursor, z.tuple([z.number().int()]))[0];
    const page = comments.pageOfComments(this.db, { from, limit, order }, this.parts.postId);
    return { comments: page.comments, nextCursor: page.next === undefined ? null : encodeCursor(list, [page.next]) };
  }

  #reactions(facts: Facts, principal: Principal): Reactions {
    return {
      ...(maySeeCounts(facts, principal) && { counts: reactionCounts(this.db) }),
      mine: principal.kind === "user" ? reactionsOf(this.db, principal.user.id) : [],
    };
  }

  #react(principal: Principal, reactionType: ReactionType, on: boolean | undefined): ReactionResult {
    const facts = this.#knownFacts();
    const { user } = requireUser(principal);
    const now = this.runtime.now();
    const { added, changed, count } = setReaction(this.db, { userId: user.id, reactionType, on }, now);
    if (changed) {
      this.emit(
        { type: "reaction", reactionType, count },
        facts.site.features.reactionCounts === "public" ? null : MODERATORS,
      );
      const statement = reactionCountStatement(this.#d1, this.parts, { reactionType, count }, now);
      this.sendToD1(statement, { withinMs: REACTIONS_WITHIN_MS, slot: `reactions ${reactionType}` });
    }
    return { added, ...(maySeeCounts(facts, principal) && { newCount: count }) };
  }

  #addComment(principal: Principal, content: string, parentId: string | null): Comment {
    const { user } = this.#requireOpenDiscussion(principal);
    const now = this.runtime.now();
    comments.rememberPerson(this.db, user);
    comments.takeTurn(this.db, user.id, now);
    const row = comments.addComment(this.db, { id: newId("comment"), authorId: user.id, content, parentId }, now);
    const comment = this.#project(row);
    this.emit({ type: "comment", comment });
    return comment;
  }

  #editComment(principal: Principal, id: string, content: string): Comment {
    const { user } = this.#requireOpenDiscussion(principal);
    const before = comments.requireLive(this.db, id);
    comments.rememberPerson(this.db, user);
    const row = comments.editComment(this.db, { id, authorId: user.id, content }, this.runtime.now());
    if (row.version === before.version) return comments.present(this.db, row, this.parts.postId);
    const comment = this.#project(row);
    this.emit({ type: "comment_edited", comment });
    return comment;
  }

  #deleteComment(principal: Principal, commentId: string): { commentId: string } {
    const { user } = requireUser(principal);
    const row = comments.requireLive(this.db, commentId);
    if (row.authorId !== user.id && !mayModerate(this.#knownFacts(), principal)) {
      throw new PartyError("forbidden", { message: "Only its author or a moderator can delete a comment" });
    }
    const { tombstone, vanished } = comments.deleteComment(this.db, row, this.runtime.now());
    const comment = comments.present(this.db, tombstone, this.parts.postId);
    this.amendEvents("comment", comment);
    // Without a wait, and the deletion with it: who has just judged a comment shall not meet it in the list again.
    this.sendToD1(reportsGoneStatement(this.#d1, commentId));
    if (vanished.length === 0) {
      this.#project(tombstone);
      this.emit({ type: "comment_deleted", commentId, comment });
    }
    for (const id of vanished) {
      this.sendToD1(commentGoneStatement(this.#d1, id), { withinMs: COMMENTS_WITHIN_MS, slot: id });
      this.emit({ type: "comment_deleted", commentId: id, comment: null });
    }
    return { commentId };
  }

  #report(principal: Principal, commentId: string, reason: ReportReason, note: string | null): { reported: true } {
    const { user } = requireUser(principal);
    comments.requireLive(this.db, commentId);
    const report = { id: newId("report"), commentId, reporterId: user.id, reason, note, createdAt: this.runtime.now() };
    this.sendToD1(reportStatement(this.#d1, this.parts, report), { withinMs: COMMENTS_WITHIN_MS });
    return { reported: true };
  }

  #typing(principal: Principal): Record<string, never> {
    const { user } = this.#requireOpenDiscussion(principal);
    this.signal(`typing ${user.id}`, TYPING_EVERY_MS, () => ({ type: "typing", userId: user.id, name: user.name }));
    return {};
  }

  /** Tells D1 of a comment's present state and answers it as the wire has it. */
  #project(row: comments.CommentRow): Comment {
    this.sendToD1(commentStatement(this.#d1, this.parts, row), { withinMs: COMMENTS_WITHIN_MS, slot: row.id });
    return comments.present(this.db, row, this.parts.postId);
  }

  #requireOpenDiscussion(principal: Principal): UserPrincipal {
    const facts = this.#knownFacts();
    if (!facts.site.features.comments)
      throw new PartyError("forbidden", { message: "Comments are closed on this site" });
    const someone = requireUser(principal);
    const isOpen = facts.site.features.commentPolicy === "everyone" || mayModerate(facts, principal);
    if (!isOpen && roleIn(facts, principal) === undefined)
      throw new PartyError("forbidden", { message: "Only members of this site comment here" });
    return someone;
  }

  #tellPresence(): void {
    this.signal("presence", PRESENCE_EVERY_MS, () => ({ type: "presence", count: this.people }));
  }
}

function requireUser(principal: Principal): UserPrincipal {
  if (principal.kind === "user") return principal;
  throw new PartyError("unauthenticated", { message: "Sign in to take part" });
}
