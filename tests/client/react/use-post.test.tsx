import { acting } from "../helpers/dom.ts";
import { renderToString } from "react-dom/server";
import { describe, expect, onTestFinished, test } from "vitest";
import type { PostState } from "../../../client/core/index.ts";
import { usePost, type UsePost, type UsePostOptions } from "../../../client/react/index.ts";
import { ADA, commentOf, POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { Screen, takeOver } from "../helpers/screen.tsx";
import { setUp } from "../helpers/setup.ts";

/** Shows what the hook gives and lets the test look at it, at every render. */
function Reader({ onRender, ...options }: UsePostOptions & { onRender?: (post: UsePost) => void }) {
  const post = usePost(options);
  onRender?.(post);
  return (
    <ul data-status={post.status}>
      {post.state?.comments.map(({ id, content }) => (
        <li key={id}>{content}</li>
      ))}
      {post.pending.map(({ id, content, status }) => (
        <li key={id}>{`${content} (${status})`}</li>
      ))}
    </ul>
  );
}

class PostScreen extends Screen<UsePost, Partial<UsePostOptions>> {
  constructor() {
    super((options, seen) => <Reader tenant={TENANT} postId={POST_ID} {...options} onRender={seen} />);
  }

  get post(): UsePost {
    return this.given;
  }

  /** Sets a reaction; how it ends is up to the server. */
  async react(on: boolean): Promise<void> {
    await acting(() => void this.post.react("like", on).catch(() => undefined));
  }
}

async function shown(state: PostState = postState(), options: Partial<UsePostOptions> = {}) {
  const setup = await setUp();
  const screen = new PostScreen();
  await screen.show(setup.client, options);
  onTestFinished(() => screen.unmount());
  const socket = await setup.server.socket();
  socket.welcome({ seq: 1, state });
  await screen.until(({ status }) => status === "live");
  return { ...setup, screen, socket };
}

describe("usePost", () => {
  test("opens one socket under StrictMode and leaves nothing behind", async () => {
    const { screen, server, socket, clock } = await shown();
    await screen.unmount();
    await socket.closed;
    expect(server.unreadSockets).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("renders what the server rendered, on the server and when it takes over", async () => {
    const { client, server } = await setUp();
    const initialState = postState({ comments: [commentOf(1)], commentCount: 1 });
    const tree = <Reader client={client} tenant={TENANT} postId={POST_ID} initialState={initialState} />;
    const html = renderToString(tree);
    expect(html).toContain("comment 1");
    expect(server.unreadSockets).toEqual([]);

    const { complaints, unmount } = await takeOver(html, tree);
    await server.socket();
    expect(complaints).toEqual([]);
    await unmount();
  });

  test("connects only while it is enabled", async () => {
    const { client, server } = await setUp();
    const screen = new PostScreen();
    await screen.show(client, { enabled: false });
    expect(screen.post.status).toBe("closed");
    expect(server.unreadSockets).toEqual([]);
    await screen.show(client, { enabled: true });
    const socket = await server.socket();
    await screen.show(client, { enabled: false });
    await socket.closed;
    await screen.unmount();
  });

  test("follows another post when it is given one", async () => {
    const { screen, client, server, socket } = await shown(postState({ comments: [commentOf(1)] }));
    const other = "pst_000000000000000000002";
    await screen.show(client, { postId: other });
    await socket.closed;
    const next = await server.socket();
    expect(next.url.pathname).toContain(other);
    expect(screen.lines).toEqual([]);
    next.welcome({ seq: 1, state: postState({ comments: [commentOf(2)] }) });
    await screen.until(({ status }) => status === "live");
    expect(screen.lines).toEqual(["comment 2"]);
  });

  test("keeps what it shows while the connection is being restored", async () => {
    const { screen, socket } = await shown(postState({ comments: [commentOf(1)] }));
    socket.cut();
    await screen.until(({ status }) => status === "reconnecting");
    expect(screen.lines).toEqual(["comment 1"]);
  });

  test("gives actions that stay the same", async () => {
    const { screen, socket } = await shown();
    const { react, comment, newComments } = screen.post;
    socket.send({ type: "presence", count: 2 });
    await screen.until(({ state }) => state?.presence.count === 2);
    expect(screen.post.react).toBe(react);
    expect(screen.post.comment).toBe(comment);
    expect(screen.post.newComments.reveal).toBe(newComments.reveal);
  });
});

describe("an own reaction", () => {
  test("shows at once and stays when it is granted", async () => {
    const { screen, socket } = await shown();
    await screen.react(true);
    expect(screen.post.state?.reactions).toMatchObject({ mine: ["like"], counts: { like: 1 } });
    const { id } = await socket.frame();
    const before = screen.renders.length;
    socket.send([
      { type: "reaction", seq: 2, reactionType: "like", count: 1 },
      { type: "ack", id, result: { added: true, newCount: 1 } },
      { type: "presence", count: 3 },
    ]);
    await screen.until(({ state }) => state?.presence.count === 3);
    const counts = screen.renders.slice(before).map(({ state }) => state?.reactions.counts?.like);
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  test("is not counted twice when its event comes first", async () => {
    const { screen, socket } = await shown();
    await screen.react(true);
    await socket.frame();
    socket.send({ type: "reaction", seq: 2, reactionType: "like", count: 1 });
    socket.send({ type: "presence", count: 3 });
    await screen.until(({ state }) => state?.presence.count === 3);
    expect(screen.post.state?.reactions).toMatchObject({ mine: ["like"], counts: { like: 1 } });
  });

  test("is rolled back when it is refused", async () => {
    const { screen, socket } = await shown();
    let outcome: Promise<unknown> = Promise.resolve();
    await acting(() => {
      outcome = screen.post.react("like", true).catch((error: unknown) => error);
    });
    socket.refuse((await socket.frame()).id, "unauthenticated");
    await screen.until(({ state }) => state?.reactions.mine.length === 0);
    expect(screen.post.state?.reactions.counts?.like).toBe(0);
    expect(await outcome).toMatchObject({ code: "unauthenticated" });
  });

  test("is what was clicked last, whatever is answered in between", async () => {
    const { screen, socket } = await shown();
    await screen.react(true);
    await screen.react(false);
    const [on, off] = await socket.frames(2);
    socket.ack(on?.id ?? "", { added: true, newCount: 1 });
    socket.send({ type: "presence", count: 3 });
    await screen.until(({ state }) => state?.presence.count === 3);
    expect(screen.post.state?.reactions.mine).toEqual([]);
    socket.ack(off?.id ?? "", { added: false, newCount: 0 });
    socket.send({ type: "presence", count: 4 });
    await screen.until(({ state }) => state?.presence.count === 4);
    expect(screen.post.state?.reactions).toMatchObject({ mine: [], counts: { like: 0 } });
  });
});

describe("an own comment", () => {
  const own = commentOf(1, { author: ADA, content: "hello" });

  test.each(["before", "after"])(
    "whose event comes %s its acknowledgement is shown once at every moment",
    async (order) => {
      const { screen, socket } = await shown();
      await acting(() => screen.post.comment("hello"));
      expect(screen.lines).toEqual(["hello (sending)"]);
      const from = screen.renders.length;
      const { id } = await socket.frame();
      const ack = { type: "ack", id, result: own };
      const event = { type: "comment", seq: 2, comment: own };
      for (const [index, frame] of (order === "before" ? [event, ack] : [ack, event]).entries()) {
        socket.send([frame, { type: "presence", count: 10 + index }]);
        await screen.until(({ state }) => state?.presence.count === 10 + index);
      }
      expect(screen.lines).toEqual(["hello"]);
      for (const { state, pending, newComments } of screen.renders.slice(from)) {
        expect((state?.comments.length ?? 0) + pending.length).toBe(1);
        expect(newComments.count).toBe(0);
      }
    },
  );

  test("that is refused stays with its reason and is posted under the same id on retry", async () => {
    const { screen, socket } = await shown();
    await acting(() => screen.post.comment("hello"));
    const first = await socket.frame();
    socket.refuse(first.id, "rate_limited", { retryAfterMs: 9_000 });
    await screen.until(({ pending }) => pending[0]?.status === "failed");
    expect(screen.post.pending[0]?.error).toMatchObject({ code: "rate_limited", retryAfterMs: 9_000 });
    await acting(() => screen.post.retry(first.id));
    expect(screen.lines).toEqual(["hello (sending)"]);
    const second = await socket.frame();
    expect(second).toEqual(first);
    socket.ack(second.id, own);
    await screen.until(({ pending }) => pending.length === 0);
    expect(screen.lines).toEqual(["hello"]);
  });

  test("that failed can be discarded", async () => {
    const { screen, socket } = await shown();
    await acting(() => screen.post.comment("hello", commentOf(9).id));
    const frame = await socket.frame();
    expect(frame).toMatchObject({ parentId: commentOf(9).id });
    socket.refuse(frame.id, "forbidden");
    await screen.until(({ pending }) => pending[0]?.status === "failed");
    await acting(() => screen.post.discard(frame.id));
    expect(screen.lines).toEqual([]);
  });

  test("survives a drop and is posted once", async () => {
    const { screen, socket, clock, server } = await shown();
    await acting(() => screen.post.comment("hello"));
    const first = await socket.frame();
    socket.cut();
    await screen.until(({ status }) => status === "reconnecting");
    expect(screen.lines).toEqual(["hello (sending)"]);
    await acting(() => clock.advance(1_000));
    const next = await server.socket();
    next.send([
      { type: "welcome", protocol: 1, connectionId: "c2", seq: 1, resumed: true },
      { type: "comment", seq: 2, comment: own },
    ]);
    const again = await next.frame();
    expect(again.id).toBe(first.id);
    next.ack(again.id, own);
    await screen.until(({ pending }) => pending.length === 0);
    expect(screen.lines).toEqual(["hello"]);
    expect(screen.post.newComments.count).toBe(0);
  });

  test("can be edited and deleted", async () => {
    const { screen, socket } = await shown(postState({ comments: [own], commentCount: 1 }));
    const edited = { ...own, content: "hello again", editedAt: "2026-01-01T00:05:00.000Z" };
    const editing = screen.post.editComment(own.id, "hello again");
    const edit = await socket.frame();
    expect(edit).toMatchObject({ type: "edit_comment", commentId: own.id, content: "hello again" });
    socket.ack(edit.id, edited);
    await screen.until(({ state }) => state?.comments[0]?.editedAt !== null);
    expect(await editing).toEqual(edited);
    const deleting = screen.post.deleteComment(own.id);
    const deletion = await socket.frame();
    socket.send([
      { type: "ack", id: deletion.id, result: { commentId: own.id } },
      { type: "comment_deleted", seq: 2, commentId: own.id, comment: null },
    ]);
    await screen.until(({ state }) => state?.comments.length === 0);
    await deleting;
  });
});

describe("comments of others", () => {
  test("wait until they are revealed", async () => {
    const { screen, socket } = await shown(postState({ comments: [commentOf(1)] }));
    socket.send([
      { type: "comment", seq: 2, comment: commentOf(2) },
      { type: "comment", seq: 3, comment: commentOf(3) },
    ]);
    await screen.until(({ newComments }) => newComments.count === 2);
    expect(screen.lines).toEqual(["comment 1"]);
    await acting(() => screen.post.newComments.reveal());
    expect(screen.lines).toEqual(["comment 1", "comment 2", "comment 3"]);
    expect(screen.post.newComments.count).toBe(0);
  });

  test("that were written since the server rendered wait too", async () => {
    const initialState = postState({ comments: [commentOf(1)] });
    const { screen } = await shown(postState({ comments: [commentOf(1), commentOf(2)] }), { initialState });
    expect(screen.lines).toEqual(["comment 1"]);
    expect(screen.post.newComments.count).toBe(1);
  });
});

describe("typing", () => {
  test("lists who types for five seconds, or until their comment arrives", async () => {
    const { screen, socket, clock } = await shown();
    socket.send({ type: "typing", userId: ADA.id, name: ADA.name });
    await screen.until(({ typing }) => typing.length === 1);
    expect(screen.post.typing).toEqual([{ userId: ADA.id, name: "Ada" }]);
    await acting(() => clock.advance(5_000));
    expect(screen.post.typing).toEqual([]);
    socket.send({ type: "typing", userId: ADA.id, name: ADA.name });
    await screen.until(({ typing }) => typing.length === 1);
    socket.send({ type: "comment", seq: 2, comment: commentOf(2, { author: ADA }) });
    await screen.until(({ typing }) => typing.length === 0);
  });

  test("is told at most every three seconds and only while live", async () => {
    const { screen, socket, clock } = await shown();
    const press = () => screen.post.sendTyping();
    press();
    press();
    clock.advance(2_999);
    press();
    clock.advance(1);
    press();
    const frames = await socket.frames(2);
    expect(frames.map(({ type }) => type)).toEqual(["typing", "typing"]);
    for (const { id } of frames) socket.ack(id);
    expect(socket.unreadFrames).toEqual([]);
    socket.cut();
    await screen.until(({ status }) => status === "reconnecting");
    clock.advance(400);
    press();
    await screen.unmount();
    expect(clock.pending).toBe(0);
  });
});
