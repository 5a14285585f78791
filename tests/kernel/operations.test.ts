import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { Operations } from "../../parties/kernel/operations.ts";
import { newCounter } from "../helpers/counters.ts";

test("remembered answers are bounded by their number and by their size, and the newest stay", async () => {
  const counter = newCounter();
  await counter.rpc.total({});
  await runInDurableObject(counter.object, (_, { storage }) => {
    const operations = new Operations(storage.sql);
    const answer = (id: number, text: string) =>
      storage.transactionSync(() => operations.once({ actor: "ada", kind: "say", id: String(id) }, () => ({ text })));
    const kept = () =>
      storage.sql
        .exec<{ rows: number; length: number }>(
          "SELECT count(*) AS rows, sum(length(result)) AS length FROM k_operations",
        )
        .one();
    for (let n = 0; n < 1_000; n++) answer(n, "x".repeat(16_000));
    expect(kept().length).toBeLessThan(4 * 1024 * 1024 + 100 * 16_100);
    // What is forgotten is done again, what is not is only told again.
    expect(answer(0, "again")).toEqual({ text: "again" });
    expect(answer(999, "again")).toEqual({ text: "x".repeat(16_000) });
    for (let n = 1_000; n < 12_000; n++) answer(n, "y");
    expect(kept().rows).toBeLessThan(10_000 + 100 + 1);
    expect(kept().rows).toBeGreaterThan(9_000);
  });
});
