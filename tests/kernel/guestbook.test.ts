import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { address, type Guestbook } from "../../docs/examples/guestbook.ts";
import { stubOf } from "../../parties/kernel/index.ts";
import { useClock } from "../helpers/clock.ts";
import { crash, hibernate, ringAlarms, rowsOf } from "../helpers/objects.ts";
import { person } from "../helpers/principals.ts";
import { join, openSocket } from "../helpers/sockets.ts";

/** The example of the README keeps what the README says of it. */

/** A guestbook of a test's own. */
function newGuestbook() {
  const site = crypto.randomUUID().replaceAll(/[^a-z]/g, "");
  const at = { party: address.party, name: site };
  return {
    at,
    rpc: stubOf<{ site: string }, Guestbook["methods"]>(env, address, { site }),
    object: () => env.Guestbook.getByName(site),
  };
}

test("an entry reaches everyone who is here, and those who come later", async () => {
  const { at, rpc } = newGuestbook();
  const writer = await join({ ...at, principal: person({ name: "Ada" }) });
  const reader = await join(at);
  const entry = { author: "Ada", text: "Hello" };
  expect(await writer.ask({ type: "sign", text: " Hello " })).toMatchObject({ type: "ack", result: entry });
  expect(await reader.next("signed")).toMatchObject({ ...entry, seq: 1 });
  const late = await openSocket(at);
  expect(await late.next("welcome")).toMatchObject({ seq: 1, state: { entries: [entry] } });
  expect(await rpc.entries({})).toEqual({ entries: [entry] });
});

test("an entry that is sent again after a crash is written once", async () => {
  const { at, object } = newGuestbook();
  const principal = person();
  const before = await join({ ...at, principal });
  await before.ask({ type: "sign", text: "Once", id: "first" });
  await crash(object());
  const after = await join({ ...at, principal });
  await after.ask({ type: "sign", text: "Once", id: "first" });
  expect(await rowsOf(object(), "entries")).toHaveLength(1);
});

test("nobody signs without a name, and nobody signs nothing", async () => {
  const { at, object } = newGuestbook();
  const stranger = await join(at);
  expect(await stranger.ask({ type: "sign", text: "Hello" })).toMatchObject({ code: "unauthenticated" });
  const writer = await join({ ...at, principal: person() });
  expect(await writer.ask({ type: "sign", text: "  " })).toMatchObject({ code: "bad_request" });
  expect(await rowsOf(object(), "entries")).toHaveLength(0);
});

test("the job keeps the newest hundred, also when the party slept until it was due", async () => {
  const clock = useClock();
  const { at, object } = newGuestbook();
  const writers = await Promise.all([1, 2].map(() => join({ ...at, principal: person() })));
  for (const [which, writer] of writers.entries()) {
    for (let n = 0; n < 55; n++) await writer.ask({ type: "sign", text: `${which}:${n}` });
  }
  await hibernate(object());
  clock.advance(60_000);
  expect(await ringAlarms(object())).toBe(1);
  const entries = await rowsOf(object(), "entries");
  expect(entries).toHaveLength(100);
  expect(entries[0]).toMatchObject({ n: 11 });
});
