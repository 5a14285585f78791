import "../helpers/dom.ts";
import { renderToString } from "react-dom/server";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type TenantDashboard,
  useTenantDashboard,
  type UseTenantDashboardOptions,
} from "../../../client/react/index.ts";
import { Screen, takeOver } from "../helpers/screen.tsx";
import { setUp } from "../helpers/setup.ts";
import { statsOf, tenantState } from "../helpers/tenant-fixtures.ts";

const SITE = "grove";

function Visitors({
  onRender,
  ...options
}: UseTenantDashboardOptions & { onRender?: (dashboard: TenantDashboard) => void }) {
  const dashboard = useTenantDashboard(options);
  onRender?.(dashboard);
  return <p>{dashboard.state === undefined ? "unknown" : dashboard.state.live.visitors}</p>;
}

class DashboardScreen extends Screen<TenantDashboard, Partial<UseTenantDashboardOptions>> {
  constructor() {
    super((options, seen) => <Visitors subdomain={SITE} {...options} onRender={seen} />);
  }
}

async function shown(options: Partial<UseTenantDashboardOptions> = {}) {
  const setup = await setUp();
  const screen = new DashboardScreen();
  await screen.show(setup.client, options);
  onTestFinished(() => screen.unmount());
  const socket = await setup.server.socket();
  socket.welcome({ seq: 1, state: tenantState() });
  await screen.until(({ isConnected }) => isConnected);
  return { ...setup, screen, socket };
}

describe("useTenantDashboard", () => {
  test("opens one socket under the site's name, and leaves nothing behind", async () => {
    const { screen, server, socket, clock } = await shown();
    expect(socket.url.pathname).toBe(`/parties/tenant/${SITE}`);
    expect(screen.given).toMatchObject({ status: "live", state: tenantState() });
    await screen.unmount();
    await socket.closed;
    expect(server.unreadSockets).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("shows who is here and what the site has as that changes", async () => {
    const { screen, socket } = await shown();
    socket.send({ type: "live", visitors: 3, views: 7 });
    await screen.until(({ state }) => state?.live.visitors === 3);
    expect(screen.element.textContent).toBe("3");
    socket.send({ type: "stats", stats: statsOf({ postCount: 4 }) });
    await screen.until(({ state }) => state?.stats.postCount === 4);
    expect(screen.given.state).toEqual({
      live: { visitors: 3, views: 7 },
      stats: statsOf({ postCount: 4 }),
      version: 5,
    });
  });

  test("tells once of each configuration that is new, those of the time without a connection too", async () => {
    const versions: number[] = [];
    const { screen, server, socket, clock } = await shown({ onConfigChanged: (version) => versions.push(version) });
    socket.send({ type: "config_changed", seq: 2, version: 6 });
    await screen.until(({ state }) => state?.version === 6);
    socket.send({ type: "config_changed", seq: 3, version: 4 });
    socket.cut();
    await screen.until(({ status }) => status === "reconnecting");
    clock.advance(1_000);
    const next = await server.socket();
    expect(next.url.searchParams.get("since")).toBe("3");
    next.welcome({ seq: 9, state: tenantState({ version: 8 }) });
    await screen.until(({ state }) => state?.version === 8);
    expect(versions).toEqual([6, 8]);
  });

  test("keeps what it shows while the connection is being restored", async () => {
    const { screen, socket } = await shown();
    socket.send({ type: "live", visitors: 3, views: 7 });
    await screen.until(({ state }) => state?.live.visitors === 3);
    socket.cut();
    await screen.until(({ isConnected }) => !isConnected);
    expect(screen.given.status).toBe("reconnecting");
    expect(screen.element.textContent).toBe("3");
  });

  test("is closed for those who are not the site's owners", async () => {
    const { screen, socket } = await shown();
    socket.close(4403);
    await screen.until(({ status }) => status === "closed");
    expect(screen.given.closed?.code).toBe("forbidden");
  });

  test("forgets one site when it is given another", async () => {
    const { screen, client, server, socket } = await shown();
    await screen.show(client, { subdomain: "meadow" });
    await socket.closed;
    expect((await server.socket()).url.pathname).toBe("/parties/tenant/meadow");
    expect(screen.element.textContent).toBe("unknown");
  });

  test("connects only while it is enabled, and then goes on with what it knew", async () => {
    const { screen, client, server, socket } = await shown();
    await screen.show(client, { enabled: false });
    await socket.closed;
    expect(screen.given).toMatchObject({ status: "closed", isConnected: false });
    await screen.show(client, { enabled: true });
    await server.socket();
    expect(screen.element.textContent).toBe("0");
  });

  test("renders without a state on the server, and takes over from there", async () => {
    const { client, server } = await setUp();
    const tree = <Visitors client={client} subdomain={SITE} />;
    const html = renderToString(tree);
    expect(html).toBe("<p>unknown</p>");
    expect(server.unreadSockets).toEqual([]);
    const { complaints, unmount } = await takeOver(html, tree);
    await server.socket();
    expect(complaints).toEqual([]);
    await unmount();
  });
});
