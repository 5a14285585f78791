import { setTimeout as wait } from "node:timers/promises";
import type { WebSocket } from "ws";
import type { Lab } from "./lab.ts";

/** Sockets are opened in batches: a listen queue is not endless. */
const OPEN_AT_ONCE = 100;
/** What the server has to do for sockets that are gone belongs to no measurement. */
const SETTLED_AFTER_MS = 1_000;

/** Opens a socket at each path. */
export async function openAll(lab: Lab, paths: readonly string[]): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let start = 0; start < paths.length; start += OPEN_AT_ONCE) {
    const batch = paths.slice(start, start + OPEN_AT_ONCE).map(async (path) => await lab.openSocket(path));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** Cuts them: workerd answers the closing handshake of a socket that has never sent anything only after 10 s. */
export async function cutAll(sockets: readonly WebSocket[]): Promise<void> {
  for (const socket of sockets) {
    // The server may be writing to it.
    socket.on("error", () => undefined);
    socket.terminate();
  }
  await wait(SETTLED_AFTER_MS);
}
