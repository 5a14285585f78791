import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as d1 from "../../../schema/d1.ts";
import type { Comment } from "../../../schema/http/posts.ts";
import { ANONYMOUS, type UserPrincipal } from "../../../schema/principal.ts";
import { REACTION_TYPES, type ReactionType } from "../../../schema/reactions.ts";
import { type TestClock, useClock } from "../../helpers/clock.ts";
import { withD1Migrations } from "../../helpers/d1.ts";
import { hibernate } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { codeOf, givenPost, type TestPost } from "../support.ts";

withD1Migrations();

interface ModelComment {
  id: string;
  author: UserPrincipal;
  content: string;
  parent: ModelComment | undefined;
  edited: boolean;
  deleted: boolean;
}

/** What a post should hold, told as simply as can be. */
class Model {
  comments: ModelComment[] = [];
  readonly reactions = new Set<string>();

  pick(n: number): ModelComment | undefined {
    return this.comments.length === 0 ? undefined : this.comments[n % this.comments.length];
  }

  delete(comment: ModelComment): void {
    comment.deleted = true;
    comment.content = "";
    // Tombstones that nothing answers go, as often as that makes others such.
    for (;;) {
      const kept = this.comments.filter((one) => !one.deleted || this.comments.some((other) => other.parent === one));
      if (kept.length === this.comments.length) return;
      this.comments = kept;
    }
  }

  get all() {
    return this.comments.map(({ id, author, content, parent, edited, deleted }) => ({
      id,
      authorId: author.user.id,
      content,
      parentId: parent?.id ?? null,
      edited,
      deleted,
    }));
  }

  get counts(): Record<string, number> {
    return Object.fromEntries(REACTION_TYPES.map((type) => [type, [...this.reactions].filter((key) => key.endsWith(type)).length]));
  }
}

interface Real {
  post: TestPost;
  clock: TestClock;
}
type Command = fc.AsyncCommand<Model, Real>;
const people = [person(), person(), person()] as const;
const at = (n: number): UserPrincipal => people[n % 3] ?? people[0];

class React implements Command {
  readonly who: number;
  readonly type: ReactionType;
  readonly on: boolean | undefined;
  constructor(who: number, type: ReactionType, on: boolean | undefined) {
    this.who = who;
    this.type = type;
    this.on = on;
  }
  check = () => true;
  async run(model: Model, { post }: Real): Promise<void> {
    const key = `${this.who} ${this.type}`;
    const on = this.on ?? !model.reactions.has(key);
    if (on) model.reactions.add(key);
    else model.reactions.delete(key);
    const result = await post.party.toggleReaction({
      principal: at(this.who),
      reactionType: this.type,
      ...(this.on !== undefined && { on: this.on }),
    });
    expect(result).toEqual({ added: on, newCount: model.counts[this.type] });
  }
  toString = () => `react(${this.who}, ${this.type}, ${this.on})`;
}

class Write implements Command {
  readonly who: number;
  readonly answers: number | undefined;
  readonly content: string;
  constructor(who: number, answers: number | undefined, content: string) {
    this.who = who;
    this.answers = answers;
    this.content = content;
  }
  check = () => true;
  async run(model: Model, { post, clock }: Real): Promise<void> {
    clock.advance(60_000);
    const parent = this.answers === undefined ? undefined : model.pick(this.answers);
    const author = at(this.who);
    const call = post.party.addComment({ principal: author, content: this.content, ...(parent && { parentId: parent.id }) });
    if (parent?.deleted) return void expect(await codeOf(call)).toBe("gone");
    const { id } = await call;
    model.comments.push({ id, author, content: this.content.trim(), parent, edited: false, deleted: false });
  }
  toString = () => `write(${this.who}, ${this.answers}, ${JSON.stringify(this.content)})`;
}

class Edit implements Command {
  readonly who: number;
  readonly which: number;
  readonly content: string;
  constructor(who: number, which: number, content: string) {
    this.who = who;
    this.which = which;
    this.content = content;
  }
  check = (model: Readonly<Model>) => model.comments.length > 0;
  async run(model: Model, { post, clock }: Real): Promise<void> {
    const comment = model.pick(this.which);
    if (comment === undefined) return;
    const { comments } = await post.party.listComments({ principal: ANONYMOUS, limit: 100 });
    const age = clock.now() - Date.parse(comments.find(({ id }) => id === comment.id)?.createdAt ?? "");
    const call = post.party.editComment({ principal: at(this.who), commentId: comment.id, content: this.content });
    if (comment.deleted) return void expect(await codeOf(call)).toBe("gone");
    if (comment.author !== at(this.who) || age > 15 * 60_000) return void expect(await codeOf(call)).toBe("forbidden");
    await call;
    comment.edited ||= comment.content !== this.content.trim();
    comment.content = this.content.trim();
  }
  toString = () => `edit(${this.who}, ${this.which}, ${JSON.stringify(this.content)})`;
}

class Delete implements Command {
  readonly who: number;
  readonly which: number;
  constructor(who: number, which: number) {
    this.who = who;
    this.which = which;
  }
  check = (model: Readonly<Model>) => model.comments.length > 0;
  async run(model: Model, { post }: Real): Promise<void> {
    const comment = model.pick(this.which);
    if (comment === undefined) return;
    const call = post.party.deleteComment({ principal: at(this.who), commentId: comment.id });
    if (comment.deleted) return void expect(await codeOf(call)).toBe("gone");
    if (comment.author !== at(this.who)) return void expect(await codeOf(call)).toBe("forbidden");
    await call;
    model.delete(comment);
  }
  toString = () => `delete(${this.who}, ${this.which})`;
}

class Evict implements Command {
  check = () => true;
  run = async (_: Model, { post }: Real): Promise<void> => await fallAsleep(post);
  toString = () => "evict";
}

class Flush implements Command {
  check = () => true;
  async run(_: Model, { post }: Real): Promise<void> {
    expect(await post.party.flush({})).toEqual({ waiting: 0 });
  }
  toString = () => "flush";
}

const who = fc.nat({ max: 2 });
const which = fc.nat({ max: 20 });
const content = fc.constantFrom("one", "two", " *three* ", "@four");
const commands = [
  fc.tuple(who, fc.constantFrom(...REACTION_TYPES), fc.constantFrom(true, false, undefined)).map((given) => new React(...given)),
  fc.tuple(who, fc.option(which, { nil: undefined }), content).map((given) => new Write(...given)),
  fc.tuple(who, fc.option(which, { nil: undefined }), content).map((given) => new Write(...given)),
  fc.tuple(who, which, content).map((given) => new Edit(...given)),
  fc.tuple(who, which).map((given) => new Delete(...given)),
  fc.constant(new Evict()),
  fc.constant(new Flush()),
];

test("whatever three people do and whenever the party is evicted, it holds what it should, and so does D1", { timeout: 60_000 }, async () => {
  const clock = useClock();
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { size: "+1" }), async (sequence) => {
      const model = new Model();
      const post = await givenPost();
      await fc.asyncModelRun(() => ({ model, real: { post, clock } }), sequence);

      await fallAsleep(post);
      const state = await post.party.read({ principal: ANONYMOUS, commentLimit: 100 });
      expect(state.comments.map(seen)).toEqual(model.all);
      expect(state.commentCount).toBe(model.comments.filter(({ deleted }) => !deleted).length);
      expect(state.reactions.counts).toEqual(model.counts);

      expect(await post.party.flush({})).toEqual({ waiting: 0 });
      await expectD1(post, model);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

/** Only what is awake can be put to sleep. */
async function fallAsleep(post: TestPost): Promise<void> {
  await post.party.getPresence({});
  await hibernate(post.object);
}

function seen({ id, author, content, parentId, editedAt, deleted }: Comment) {
  return { id, authorId: author.id, content, parentId, edited: editedAt !== null, deleted };
}

async function expectD1(post: TestPost, model: Model): Promise<void> {
  const db = drizzle(env.DB);
  const comments = await db.select().from(d1.comments).where(eq(d1.comments.postId, post.postId));
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  expect(
    comments
      .map(({ id, authorId, content, parentId, editedAt, deletedAt }) => ({
        id,
        authorId,
        content,
        parentId,
        edited: editedAt !== null,
        deleted: deletedAt !== null,
      }))
      .sort(byId),
  ).toEqual(model.all.sort(byId));
  const counts = await db.select().from(d1.reactionCounts).where(eq(d1.reactionCounts.postId, post.postId));
  for (const { reactionType, count } of counts) expect(count).toBe(model.counts[reactionType]);
  const counted = new Set(counts.map(({ reactionType }) => reactionType));
  for (const type of REACTION_TYPES) if (!counted.has(type)) expect(model.counts[type]).toBe(0);
}
