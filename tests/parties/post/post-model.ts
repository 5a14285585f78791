import fc from "fast-check";
import { expect } from "vitest";
import type { ErrorCode } from "../../../schema/errors.ts";
import { ANONYMOUS, type UserPrincipal } from "../../../schema/principal.ts";
import { REACTION_TYPES, type ReactionType } from "../../../schema/reactions.ts";
import type { TestClock } from "../../helpers/clock.ts";
import { hibernate } from "../../helpers/objects.ts";
import { person } from "../../helpers/principals.ts";
import { codeOf, type TestPost } from "../support.ts";

/** Commands that change a post, and a model that says what each should do (model-based testing, as fast-check has it). */

interface ModelComment {
  id: string;
  author: UserPrincipal;
  content: string;
  parent: ModelComment | undefined;
  edited: boolean;
  deleted: boolean;
}

/** What a post should hold, told as simply as can be. */
export class Model {
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
    return Object.fromEntries(
      REACTION_TYPES.map((type) => [type, [...this.reactions].filter((key) => key.endsWith(type)).length]),
    );
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
    expectEqual(result, { added: on, newCount: model.counts[this.type] });
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
    const call = post.party.addComment({
      principal: author,
      content: this.content,
      ...(parent && { parentId: parent.id }),
    });
    if (parent?.deleted) return await expectRefusal(call, "gone");
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
    if (comment.deleted) return await expectRefusal(call, "gone");
    if (comment.author !== at(this.who) || age > 15 * 60_000) return await expectRefusal(call, "forbidden");
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
    if (comment.deleted) return await expectRefusal(call, "gone");
    if (comment.author !== at(this.who)) return await expectRefusal(call, "forbidden");
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
    expectEqual(await post.party.flush({}), { waiting: 0 });
  }
  toString = () => "flush";
}

function expectEqual(actual: unknown, expected: unknown): void {
  expect(actual).toEqual(expected);
}

async function expectRefusal(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  expect(await codeOf(call)).toBe(code);
}

/** Only what is awake can be put to sleep. */
export async function fallAsleep(post: TestPost): Promise<void> {
  await post.party.getPresence({});
  await hibernate(post.object);
}

const who = fc.nat({ max: 2 });
const which = fc.nat({ max: 20 });
const content = fc.constantFrom("one", "two", " *three* ", "@four");
export const commands = [
  fc
    .tuple(who, fc.constantFrom(...REACTION_TYPES), fc.constantFrom(true, false, undefined))
    .map((given) => new React(...given)),
  fc.tuple(who, fc.option(which, { nil: undefined }), content).map((given) => new Write(...given)),
  fc.tuple(who, fc.option(which, { nil: undefined }), content).map((given) => new Write(...given)),
  fc.tuple(who, which, content).map((given) => new Edit(...given)),
  fc.tuple(who, which).map((given) => new Delete(...given)),
  fc.constant(new Evict()),
  fc.constant(new Flush()),
];
