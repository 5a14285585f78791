import { acting } from "../helpers/dom.ts";
import { renderToString } from "react-dom/server";
import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryAccountStorage } from "../../../client/core/account.ts";
import { useAccount, type UseAccount, type UseAccountOptions } from "../../../client/react/account.ts";
import { Screen, takeOver } from "../helpers/screen.tsx";
import { accountOf, greeting, sessionState, USER_ID } from "../helpers/session-fixtures.ts";
import { setUp } from "../helpers/setup.ts";

const OTHER_ID = "usr_0000000000000000000b1";

/** Shows what the hook gives and lets the test look at it, at every render. */
function Theme({ onRender, ...options }: UseAccountOptions & { onRender?: (account: UseAccount) => void }) {
  const account = useAccount(options);
  onRender?.(account);
  return (
    <ul>
      <li>{account.me?.name ?? "nobody yet"}</li>
      <li>{account.preferences?.theme ?? "no theme"}</li>
    </ul>
  );
}

class AccountScreen extends Screen<UseAccount, Partial<UseAccountOptions>> {
  constructor(storage = new MemoryAccountStorage()) {
    super((options, seen) => <Theme userId={USER_ID} storage={storage} {...options} onRender={seen} />);
  }
}

async function shown() {
  const setup = await setUp();
  const screen = new AccountScreen();
  await screen.show(setup.client, {});
  onTestFinished(() => screen.unmount());
  const socket = await setup.server.socket();
  socket.send(greeting(1, sessionState({ account: accountOf({ version: 1, flags: { beta: true } }) })));
  await screen.until(({ me, status }) => me !== undefined && status === "live");
  return { ...setup, screen, socket };
}

describe("useAccount", () => {
  test("opens one socket under StrictMode and leaves nothing behind", async () => {
    const { screen, server, socket, clock } = await shown();
    expect(screen.given).toMatchObject({ flags: { beta: true }, preferences: { theme: "system" }, pending: [] });
    await screen.unmount();
    await socket.closed;
    expect(server.unreadSockets).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("renders what the server knows, and takes over from there", async () => {
    const { client, server } = await setUp();
    const initial = accountOf({ version: 1 });
    const tree = <Theme client={client} userId={USER_ID} initial={initial} storage={new MemoryAccountStorage()} />;
    const html = renderToString(tree);
    expect(html).toBe("<ul><li>Ada</li><li>system</li></ul>");
    expect(server.unreadSockets).toEqual([]);

    const { complaints, unmount } = await takeOver(html, tree);
    await server.socket();
    expect(complaints).toEqual([]);
    await unmount();
  });

  test("shows a change at once, and takes it back when it is refused", async () => {
    const { screen, server } = await shown();
    server.answer = () => ({ status: 422, body: { error: { code: "unprocessable", message: "no", traceId: "t" } } });
    await acting(() => screen.given.setPreferences({ theme: "dark" }));
    expect(screen.renders.some(({ preferences }) => preferences?.theme === "dark")).toBe(true);
    await screen.until(({ refusal }) => refusal !== null);
    expect(screen.lines).toEqual(["Ada", "system"]);
    await acting(() => screen.given.dismiss());
    await screen.until(({ refusal }) => refusal === null);
  });

  test("gives actions that never change", async () => {
    const { screen, client } = await shown();
    const { setPreferences, setProfile, dismiss } = screen.given;
    await screen.show(client, {});
    expect(screen.given).toMatchObject({ setPreferences, setProfile, dismiss });
  });

  test("forgets one person when it is given another", async () => {
    const { screen, client, server, socket } = await shown();
    await screen.show(client, { userId: OTHER_ID });
    await socket.closed;
    expect((await server.socket()).url.pathname).toBe(`/parties/session/${OTHER_ID}`);
    expect(screen.lines).toEqual(["nobody yet", "no theme"]);
  });

  test("connects only while it is enabled", async () => {
    const { client, server } = await setUp();
    const screen = new AccountScreen();
    await screen.show(client, { enabled: false });
    expect(screen.given.status).toBe("closed");
    expect(server.unreadSockets).toEqual([]);
    await screen.show(client, { enabled: true });
    const socket = await server.socket();
    await screen.unmount();
    await socket.closed;
  });
});
