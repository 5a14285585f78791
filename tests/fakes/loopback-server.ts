import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const LOOPBACK = "127.0.0.1";
/** A fake has no use for more. */
const MAX_BODY_BYTES = 64 * 1024;

/** One request as it came. */
export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  form: URLSearchParams;
}

export interface LoopbackServer {
  origin: string;
  /** Everything that was asked, in order. */
  received: Received[];
  stop: () => Promise<void>;
}

/** A real HTTP server that only this machine reaches. Port 0 takes a free one. */
export async function startLoopbackServer(
  port: number,
  answer: (request: Received, response: ServerResponse) => void | Promise<void>,
): Promise<LoopbackServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${LOOPBACK}`);
    const body = await readBody(request);
    const one: Received = {
      method: request.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      form: new URLSearchParams(body),
    };
    received.push(one);
    await answer(one, response);
  }

  server.listen(port, LOOPBACK);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return {
    origin: `http://${LOOPBACK}:${address.port}`,
    received,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify(body));
}

export function redirectTo(response: ServerResponse, url: URL): void {
  response.writeHead(302, { location: url.href, "cache-control": "no-store" });
  response.end();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Error("the body is too large for a fake");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
