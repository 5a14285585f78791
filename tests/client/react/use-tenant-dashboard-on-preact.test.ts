import { newRoot } from "../helpers/dom.ts";
import { h, options, render } from "preact";
import { renderToString } from "preact-render-to-string";
import { expect, test, vi } from "vitest";
import { Listeners } from "../../../client/core/listeners.ts";
import {
  type TenantDashboard,
  useTenantDashboard,
  type UseTenantDashboardOptions,
} from "../../../client/react/index.ts";
import { setUp, until } from "../helpers/setup.ts";
import { tenantState } from "../helpers/tenant-fixtures.ts";

/** The site's pages run the same hooks on Preact, under React's name. */
vi.mock("react", () => import("preact/compat"));

function Visitors({
  onRender,
  ...rest
}: UseTenantDashboardOptions & { onRender?: (dashboard: TenantDashboard) => void }) {
  const dashboard = useTenantDashboard(rest);
  onRender?.(dashboard);
  return h("p", null, `${dashboard.status}: ${dashboard.state?.live.visitors}`);
}

test("useTenantDashboard renders to a string without connecting, and follows a site in the browser", async () => {
  const { client, server, clock } = await setUp();
  expect(renderToString(h(Visitors, { client, subdomain: "grove" }))).toBe("<p>connecting: undefined</p>");
  expect(server.unreadSockets).toEqual([]);

  const element = newRoot();
  let dashboard: TenantDashboard | undefined;
  const rendered = new Listeners<void>();
  const onRender = (latest: TenantDashboard) => {
    dashboard = latest;
    rendered.emit();
  };
  const shows = (condition: (dashboard: TenantDashboard) => boolean) =>
    until({ subscribe: (listener) => rendered.add(listener) }, () => dashboard !== undefined && condition(dashboard));
  // Preact runs effects after the next frame, and this document draws none.
  options.requestAnimationFrame = (task) => setImmediate(task);
  render(h(Visitors, { client, subdomain: "grove", onRender }), element);
  const socket = await server.socket();
  socket.welcome({ seq: 1, state: tenantState() });
  await shows(({ isConnected }) => isConnected);
  socket.send({ type: "live", visitors: 2, views: 2 });
  await shows(({ state }) => state?.live.visitors === 2);
  render(null, element);
  await socket.closed;
  expect(clock.pending).toBe(0);
});
