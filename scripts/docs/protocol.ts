import { readFileSync } from "node:fs";
import { z } from "zod";
import { ERRORS } from "../../schema/errors.ts";
import { timeSchema } from "../../schema/http/common.ts";
import { commentSchema } from "../../schema/http/posts.ts";
import { commentIdSchema, deviceIdSchema, postIdSchema, sessionIdSchema, userIdSchema } from "../../schema/ids.ts";
import { postFactsSchema, postProtocol } from "../../schema/parties/post.ts";
import { deviceSchema, jsonSchema, sessionProtocol, sessionStateSchema } from "../../schema/parties/session.ts";
import { presenceSchema } from "../../schema/presence.ts";
import { personSchema } from "../../schema/principal.ts";
import type { Protocol } from "../../schema/protocol.ts";
import {
  reactionCountsSchema,
  reactionResultSchema,
  reactionsSchema,
  reactionTypeSchema,
} from "../../schema/reactions.ts";
import type { SocketLimits, Sources } from "./sources.ts";
import { bodyText, typeText } from "./type-text.ts";

const TEMPLATE = new URL("protocol.md", import.meta.url);

/** Shapes that several frames share: written out once, named elsewhere. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  Comment: commentSchema,
  CommentId: commentIdSchema,
  Device: deviceSchema,
  DeviceId: deviceIdSchema,
  Json: jsonSchema,
  Person: personSchema,
  PostFacts: postFactsSchema,
  PostId: postIdSchema,
  Presence: presenceSchema,
  ReactionCounts: reactionCountsSchema,
  ReactionResult: reactionResultSchema,
  Reactions: reactionsSchema,
  ReactionType: reactionTypeSchema,
  SessionId: sessionIdSchema,
  SessionState: sessionStateSchema,
  Time: timeSchema,
  UserId: userIdSchema,
};
const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(SHAPES)) names.add(schema, { id });

/** The text of docs/protocol.md: the hand-written frame around tables that the schemas and the kernel's limits make. */
export function protocolDocument(sources: Sources): string {
  const { DEFAULT_LIMITS, MAX_LOGGED_EVENTS, COALESCE_MS, OPEN_PARTIES, postSpec, sessionSpec } = sources;
  const limits: Readonly<Record<string, SocketLimits>> = {
    [postProtocol.party]: { ...DEFAULT_LIMITS, ...postSpec.limits },
    [sessionProtocol.party]: { ...DEFAULT_LIMITS, ...sessionSpec.limits },
  };
  const open = new Set(OPEN_PARTIES.map(({ party }) => party));
  const protocols = [postProtocol, sessionProtocol].filter(({ party }) => open.has(party));
  const parts: Readonly<Record<string, string>> = {
    errors: errorTable(),
    shapes: shapeList(),
    parties: protocols.map((protocol) => partySection(protocol, limits[protocol.party] ?? DEFAULT_LIMITS)).join("\n\n"),
    "logged events": MAX_LOGGED_EVENTS.toLocaleString("en"),
    "coalesce ms": String(COALESCE_MS),
  };
  return readFileSync(TEMPLATE, "utf8").replaceAll(/\{\{([a-z ]+)\}\}/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`scripts/docs/protocol.md asks for {{${name}}}, which nothing makes`);
    return part;
  });
}

function partySection(protocol: Protocol, limits: SocketLimits): string {
  const { party, version, greeting, frames, events, signals, state } = protocol;
  const input = (schema: z.ZodType) => code(typeText(schema, names, "input"));
  const output = (schema: z.ZodType) => code(typeText(schema, names, "output"));
  return [
    `## The party \`${party}\`, protocol version ${version}`,
    `### Frames that a client may send`,
    table(
      ["type", "payload", "`ack.result`", "repeating its `id`"],
      Object.entries(frames).map(([type, { payload, result, transient }]) => [
        code(type),
        input(payload),
        output(result),
        transient ? "is handled anew" : "repeats the answer",
      ]),
    ),
    `### Events`,
    table(["type", "fields, beside `seq`"], rowsOf(events, output)),
    `### Signals`,
    table(["type", "fields"], rowsOf(signals, output)),
    `### State`,
    ...(greeting === undefined ? [] : [`It comes in a frame of its own after \`welcome\`: ${code(greeting)}.`]),
    fence("ts", `type State = ${bodyText(state, names, "output")};`),
    `### Limits`,
    table(
      ["what", "at once", "then, a second"],
      [
        ["frames on one socket", number(limits.socket.capacity), number(limits.socket.perSecond)],
        [
          "frames of one person, over all sockets here",
          number(limits.person.capacity),
          number(limits.person.perSecond),
        ],
        ["sockets that one person opens", number(limits.connections.capacity), number(limits.connections.perSecond)],
      ],
    ),
    `A frame is at most ${number(limits.bytes)} bytes of UTF-8. One person has at most ${number(limits.connections.open)} sockets open here.`,
  ].join("\n\n");
}

function rowsOf(schemas: Record<string, z.ZodType>, word: (schema: z.ZodType) => string): string[][] {
  return Object.entries(schemas).map(([type, schema]) => [code(type), word(schema)]);
}

function errorTable(): string {
  return table(
    ["code", "HTTP status", "close code", "may succeed unchanged later"],
    Object.entries(ERRORS).map(([name, { status, close, retry }]) => [
      code(name),
      String(status),
      String(close),
      retry ? "yes" : "no",
    ]),
  );
}

function shapeList(): string {
  const types = Object.entries(SHAPES).map(([name, schema]) => `type ${name} = ${bodyText(schema, names, "output")};`);
  return fence("ts", types.join("\n"));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
