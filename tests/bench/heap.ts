import { once } from "node:events";
import { z } from "zod";

const targetsSchema = z.array(z.object({ id: z.string(), webSocketDebuggerUrl: z.string() }));
const answerSchema = z.object({ id: z.number(), result: z.object({ usedSize: z.number().optional() }) });

/** The target that is our worker, among Miniflare's own. */
const OURS = "core:user:understory";
const BYTES_PER_MIB = 1024 * 1024;

/** What of the worker's JavaScript heap is alive, in MiB: measured after a collection, over the DevTools protocol. */
export async function liveHeapMib(inspectorPort: number): Promise<number> {
  const listed = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
  const target = targetsSchema.parse(await listed.json()).find(({ id }) => id === OURS);
  if (target === undefined) throw new Error("The worker is not among the inspector's targets");
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, "open");
  await ask(socket, 1, "HeapProfiler.collectGarbage");
  const { usedSize = 0 } = await ask(socket, 2, "Runtime.getHeapUsage");
  socket.close();
  return Math.round((usedSize * 10) / BYTES_PER_MIB) / 10;
}

async function ask(socket: WebSocket, id: number, method: string) {
  const answered = Promise.withResolvers<z.infer<typeof answerSchema>["result"]>();
  const listen = ({ data }: { data: unknown }): void => {
    const answer = answerSchema.safeParse(typeof data === "string" ? JSON.parse(data) : undefined);
    if (answer.success && answer.data.id === id) answered.resolve(answer.data.result);
  };
  socket.addEventListener("message", listen);
  socket.send(JSON.stringify({ id, method }));
  const result = await answered.promise;
  socket.removeEventListener("message", listen);
  return result;
}
