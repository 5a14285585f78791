import { newRoot } from "../helpers/dom.ts";
import { h, options, render } from "preact";
import { renderToString } from "preact-render-to-string";
import { expect, test, vi } from "vitest";
import { MemoryAccountStorage } from "../../../client/core/account.ts";
import { Listeners } from "../../../client/core/listeners.ts";
import { useAccount, type UseAccount, type UseAccountOptions } from "../../../client/react/account.ts";
import { accountOf, greeting, sessionState, USER_ID } from "../helpers/session-fixtures.ts";
import { setUp, until } from "../helpers/setup.ts";

/** The site's pages run the same hooks on Preact, under React's name. */
vi.mock("react", () => import("preact/compat"));

function Theme({ onRender, ...rest }: UseAccountOptions & { onRender?: (account: UseAccount) => void }) {
  const account = useAccount(rest);
  onRender?.(account);
  return h("p", null, `${account.status}: ${account.preferences?.theme}`);
}

test("useAccount renders to a string without connecting", async () => {
  const { client, server } = await setUp();
  const storage = new MemoryAccountStorage();
  expect(renderToString(h(Theme, { client, storage, userId: USER_ID }))).toBe("<p>connecting: undefined</p>");
  expect(renderToString(h(Theme, { client, storage, userId: USER_ID, initial: accountOf() }))).toBe(
    "<p>connecting: system</p>",
  );
  expect(server.unreadSockets).toEqual([]);
});

test("useAccount goes live, changes a preference, and lets go", async () => {
  const { client, server, clock } = await setUp();
  const element = newRoot();
  const rendered = new Listeners<void>();
  let account: UseAccount | undefined;
  const onRender = (latest: UseAccount) => {
    account = latest;
    rendered.emit();
  };
  const shows = (condition: (account: UseAccount) => boolean) =>
    until({ subscribe: (listener) => rendered.add(listener) }, () => account !== undefined && condition(account));
  // Preact runs effects after the next frame, and this document draws none.
  options.requestAnimationFrame = (task) => setImmediate(task);

  server.answer = () => ({ status: 200 });
  render(h(Theme, { client, storage: new MemoryAccountStorage(), userId: USER_ID, onRender }), element);
  const socket = await server.socket();
  socket.send(greeting(1, sessionState({ account: accountOf({ version: 1 }) })));
  await shows(({ me }) => me !== undefined);
  account?.setPreferences({ theme: "dark" });
  await shows(({ preferences, pending }) => preferences?.theme === "dark" && pending.length === 0);
  expect(element.textContent).toBe("live: dark");
  render(null, element);
  await socket.closed;
  expect(clock.pending).toBe(0);
});
