import { type IncomingHttpHeaders, request } from "node:http";

/** All of `*.localhost` is this machine (RFC 6761), but not every system's resolver knows it. */
const LOOPBACK = "127.0.0.1";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * One HTTP request to a local server, whatever the host name in its URL: it arrives with that name as `Host`.
 * A body is sent as JSON, bytes as they are.
 */
export function send(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(
    {
      method,
      hostname: LOOPBACK,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      // One connection a request: the server may be closing one that has been idle.
      agent: false,
      headers: {
        host: url.host,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
    },
    (incoming) => {
      incoming.setEncoding("utf8");
      let text = "";
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }));
      incoming.on("error", reject);
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body));
  return promise;
}
