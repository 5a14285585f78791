import { newRoot } from "../helpers/dom.ts";
import { h, options, render } from "preact";
import { renderToString } from "preact-render-to-string";
import { expect, test, vi } from "vitest";
import { Listeners } from "../../../client/core/listeners.ts";
import { useUserSession, type UserSession, type UseUserSessionOptions } from "../../../client/react/index.ts";
import { greeting, sessionState, USER_ID } from "../helpers/session-fixtures.ts";
import { setUp, until } from "../helpers/setup.ts";

/** The site's pages run the same hooks on Preact, under React's name. */
vi.mock("react", () => import("preact/compat"));

function Games({ onRender, ...rest }: UseUserSessionOptions & { onRender?: (session: UserSession) => void }) {
  const session = useUserSession(rest);
  onRender?.(session);
  return h("p", null, `${session.status}: ${session.state?.activeGames.join()}`);
}

test("useUserSession renders to a string without connecting", async () => {
  const { client, server } = await setUp();
  expect(renderToString(h(Games, { client, userId: USER_ID }))).toBe("<p>connecting: undefined</p>");
  expect(renderToString(h(Games, { client, userId: null }))).toBe("<p>closed: undefined</p>");
  expect(server.unreadSockets).toEqual([]);
});

test("useUserSession goes live, joins a game, hears of its end once, and lets go", async () => {
  const { client, server, clock } = await setUp();
  const element = newRoot();
  let session: UserSession | undefined;
  let logouts = 0;
  const rendered = new Listeners<void>();
  const onRender = (latest: UserSession) => {
    session = latest;
    rendered.emit();
  };
  const shows = (condition: (session: UserSession) => boolean) =>
    until({ subscribe: (listener) => rendered.add(listener) }, () => session !== undefined && condition(session));
  // Preact runs effects after the next frame, and this document draws none.
  options.requestAnimationFrame = (task) => setImmediate(task);

  render(h(Games, { client, userId: USER_ID, onRender, onLoggedOut: () => (logouts += 1) }), element);
  const socket = await server.socket();
  socket.send(greeting(1, sessionState({ activeGames: ["go"] })));
  await shows(({ isConnected }) => isConnected);
  const joined = session?.joinGame("chess");
  socket.ack((await socket.frame()).id, { activeGames: ["go", "chess"] });
  expect(await joined).toEqual(["go", "chess"]);
  await shows(({ state }) => state?.activeGames.length === 2);

  server.answer = () => ({ status: 401 });
  socket.send({ type: "logged_out" });
  socket.close(4401);
  await shows(({ status }) => status === "closed");
  expect(logouts).toBe(1);
  render(null, element);
  expect(clock.pending).toBe(0);
});
