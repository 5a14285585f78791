import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { describeError, log, newId } from "../../parties/kernel/index.ts";
import { replaceRuntime, runtime, systemRuntime } from "../../parties/kernel/runtime.ts";
import { userIdSchema } from "../../schema/ids.ts";
import { useClock } from "../helpers/clock.ts";
import { newCounter } from "../helpers/counters.ts";
import { catchLogs } from "../helpers/logs.ts";
import { person } from "../helpers/principals.ts";

const kernelSources = import.meta.glob<string>("../../parties/kernel/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("promise 10: injected time and chance, logs, inspection", () => {
  test("nothing in the kernel takes time or chance from the world but the runtime", () => {
    const worldly = /Date\.now|new Date\(\)|Math\.random|crypto\.randomUUID|getRandomValues|performance\.now/;
    const files = Object.entries(kernelSources).filter(([, source]) => worldly.test(source));
    expect(files.map(([path]) => path.slice(path.lastIndexOf("/") + 1))).toEqual(["runtime.ts"]);
  });

  test("a replaced runtime is in force until it is taken back", () => {
    const before = runtime();
    const restore = replaceRuntime({ ...systemRuntime, now: () => 42 });
    expect(runtime().now()).toBe(42);
    restore();
    expect(runtime()).toBe(before);
  });

  test("new ids are well-formed and differ", () => {
    const ids = Array.from({ length: 100 }, () => newId("user"));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(userIdSchema.safeParse(id).success).toBe(true);
  });

  test("a log line is one line of JSON, whatever is in it", () => {
    const lines = catchLogs();
    log("info", "thing.happened", { text: 'two\nlines "quoted"', ...describeError("not an Error") });
    log("error", "thing.failed", describeError(new Error("why")));
    expect(lines).toEqual([
      { level: "info", event: "thing.happened", text: 'two\nlines "quoted"', error: "not an Error" },
      { level: "error", event: "thing.failed", error: "why", stack: expect.stringContaining("why") as unknown },
    ]);
  });

  test("all that a party logs while things go wrong is one-line JSON without what people wrote", async () => {
    const lines = catchLogs();
    const clock = useClock();
    const counter = newCounter();
    const socket = await counter.join({ principal: person({ name: "Private Name" }) });
    await socket.ask({ type: "fail", coded: false });
    await counter.rpc.send({
      to: `${counter.name}-b`,
      method: "refuse",
      input: { code: "conflict", text: "private text" },
    });
    await counter.rpc.flush({});
    clock.advance(1);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatchObject({
        level: expect.any(String) as unknown,
        event: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/) as unknown,
      });
    expect(JSON.stringify(lines)).not.toMatch(/Private Name|private text/);
  });

  test("a statement that fails is described by its reason and its text, without what it was given", async () => {
    const failure = await drizzle(env.DB)
      .run(sql`INSERT INTO nowhere VALUES (${"private text"})`)
      .catch((error: unknown) => error);
    const described = describeError(failure);
    expect(described.error).toMatch(/no such table: nowhere.* in INSERT INTO nowhere VALUES \(\?\)$/);
    expect(described.stack).toContain("no such table: nowhere");
    expect(JSON.stringify(described)).not.toContain("private text");
  });

  test("an operator sees name, sockets, counters, log, jobs and outbox of a party", async () => {
    const clock = useClock();
    const counter = newCounter();
    const socket = await counter.join({ principal: person() });
    await counter.join();
    await socket.ask({ type: "add", by: 1 });
    await socket.ask({ type: "add" });
    await counter.rpc.send({ to: "elsewhere", method: "add", input: { by: 1 }, withinMs: 5_000 });
    const lane = "party test-counter elsewhere";
    expect(await counter.rpc.inspect({})).toEqual({
      address: `test-counter:${counter.name}`,
      protocol: 1,
      sockets: { open: 2, people: 2, anonymous: 1 },
      counters: { frames: 2, errors: 1, calls: 2 },
      events: { first: 1, last: 1 },
      jobs: [
        {
          id: `outbox ${lane}`,
          name: "outbox",
          dueAt: clock.now() + 5_000,
          attempts: 0,
          parked: false,
          lastError: null,
        },
      ],
      outbox: { pending: [{ lane, rows: 1, oldestDueAt: clock.now() + 5_000 }], dead: [] },
      storageBytes: expect.any(Number) as unknown,
    });
  });
});
