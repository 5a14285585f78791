import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { runtime } from "../../parties/kernel/runtime.ts";

/** When the object's alarm will ring, or null. */
export async function alarmOf(stub: DurableObjectStub): Promise<number | null> {
  return await runInDurableObject(stub, async (_, { storage }) => await storage.getAlarm());
}

/**
 * Rings the object's alarm as often as it is due by the clock in force, as the platform would.
 * @returns how often it rang.
 */
export async function ringAlarms(stub: DurableObjectStub): Promise<number> {
  for (let rung = 0; ; rung++) {
    const at = await alarmOf(stub);
    if (at === null || at > runtime().now()) return rung;
    await runDurableObjectAlarm(stub);
  }
}

/** Puts an object to sleep as the platform does, its sockets hibernating. The next event builds it anew from storage. */
export async function hibernate(stub: DurableObjectStub): Promise<void> {
  // Only what is awake can be put to sleep.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub, { webSockets: "hibernate" });
}

/**
 * Kills an object where it stands: what is in memory is gone, its sockets drop, only what was committed stays. Stubs
 * made before it are broken: make new ones.
 */
export async function crash(stub: DurableObjectStub): Promise<void> {
  await runInDurableObject(stub, (_, state) => state.abort("crashed by a test")).catch(() => undefined);
}

/** The rows of one of an object's tables, in the order of insertion. */
export async function rowsOf(stub: DurableObjectStub, table: string): Promise<Record<string, SqlStorageValue>[]> {
  return await runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec(`SELECT * FROM "${table.replaceAll('"', '""')}" ORDER BY rowid`).toArray(),
  );
}
