import { newRoot } from "../helpers/dom.ts";
import { h, options, render } from "preact";
import { renderToString } from "preact-render-to-string";
import { expect, test, vi } from "vitest";
import { Listeners } from "../../../client/core/listeners.ts";
import { usePost, type UsePost, type UsePostOptions } from "../../../client/react/index.ts";
import { commentOf, POST_ID, postState, TENANT } from "../helpers/post-fixtures.ts";
import { setUp, until } from "../helpers/setup.ts";

/** The site's pages run the same hooks on Preact, under React's name. */
vi.mock("react", () => import("preact/compat"));

const initialState = postState({ comments: [commentOf(1)], commentCount: 1 });

function Reader({ onRender, ...rest }: UsePostOptions & { onRender?: (post: UsePost) => void }) {
  const post = usePost(rest);
  onRender?.(post);
  return h("p", null, `${post.status}: ${post.state?.comments.map(({ content }) => content).join()}`);
}

test("usePost renders the server's state to a string without connecting", async () => {
  const { client, server } = await setUp();
  const html = renderToString(h(Reader, { client, tenant: TENANT, postId: POST_ID, initialState }));
  expect(html).toBe("<p>connecting: comment 1</p>");
  expect(server.unreadSockets).toEqual([]);
});

test("usePost goes live, shows an own comment once, and lets go", async () => {
  const { client, server, clock } = await setUp();
  const element = newRoot();
  let post: UsePost | undefined;
  const rendered = new Listeners<void>();
  const onRender = (latest: UsePost) => {
    post = latest;
    rendered.emit();
  };
  const shows = (condition: (post: UsePost) => boolean) =>
    until({ subscribe: (listener) => rendered.add(listener) }, () => post !== undefined && condition(post));
  // Preact runs effects after the next frame, and this document draws none.
  options.requestAnimationFrame = (task) => setImmediate(task);

  render(h(Reader, { client, tenant: TENANT, postId: POST_ID, initialState, onRender }), element);
  const socket = await server.socket();
  socket.welcome({ seq: 1, state: initialState });
  await shows(({ status }) => status === "live");
  post?.comment("hello");
  await shows(({ pending }) => pending.length === 1);
  const own = commentOf(2, { content: "hello" });
  socket.ack((await socket.frame()).id, own);
  socket.send({ type: "comment", seq: 2, comment: own });
  await shows(({ pending }) => pending.length === 0);
  expect(post?.state?.comments.map(({ content }) => content)).toEqual(["comment 1", "hello"]);
  expect(post?.newComments.count).toBe(0);

  render(null, element);
  await socket.closed;
  expect(clock.pending).toBe(0);
});
