import {
  and,
  asc,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { z } from "zod";
import { userIdSchema } from "../../schema/ids.ts";
import { roleSchema } from "../../schema/principal.ts";
import { userStatusSchema } from "../../schema/users.ts";
import { users } from "./tables.ts";

/** What may be asked of the users table: conditions by field, an order, a limit, and where to go on. */

const MAX_LIST = 100;
export const MAX_PAGE = 500;

/**
 * A condition on one field: a value, one of several, null, or comparisons that must all hold. Texts compare by their
 * UTF-8 bytes; `startsWith` takes the case of ASCII letters for nothing.
 */
function conditionOn<T extends z.ZodType<string | number | boolean>>(value: T) {
  return z.union([
    value,
    z.null(),
    z.array(value).min(1).max(MAX_LIST),
    z.strictObject({
      not: value.nullable().optional(),
      gt: value.optional(),
      gte: value.optional(),
      lt: value.optional(),
      lte: value.optional(),
      startsWith: z.string().min(1).max(MAX_LIST).optional(),
    }),
  ]);
}

const time = z.number().int();
export const conditionsSchema = z.strictObject({
  id: conditionOn(userIdSchema).optional(),
  name: conditionOn(z.string()).optional(),
  email: conditionOn(z.string()).optional(),
  emailVerified: conditionOn(z.boolean()).optional(),
  role: conditionOn(roleSchema).optional(),
  status: conditionOn(userStatusSchema).optional(),
  createdAt: conditionOn(time).optional(),
  updatedAt: conditionOn(time).optional(),
  signedInAt: conditionOn(time).optional(),
  deleteAt: conditionOn(time).optional(),
});
export type Conditions = z.input<typeof conditionsSchema>;
type Field = keyof Conditions;

const SORTABLE = ["id", "name", "createdAt"] as const;
export const querySchema = z.strictObject({
  where: conditionsSchema.default({}),
  order: z
    .strictObject({ by: z.enum(SORTABLE), direction: z.enum(["asc", "desc"]).default("asc") })
    .default({ by: "id", direction: "asc" }),
  limit: z.number().int().min(1).max(MAX_PAGE).default(MAX_LIST),
  /** The `next` of the page before. */
  after: z.tuple([z.union([z.string(), z.number()]), userIdSchema]).optional(),
});
export type Query = z.output<typeof querySchema>;
export type QueryInput = z.input<typeof querySchema>;

/** The WHERE clause of some conditions, or undefined for none. */
export function matching(conditions: z.output<typeof conditionsSchema>): SQL | undefined {
  const clauses = Object.entries(conditions).flatMap(([field, condition]) =>
    condition === undefined ? [] : clausesOn(field as Field, condition),
  );
  return and(...clauses);
}

function clausesOn(field: Field, condition: NonNullable<z.output<typeof conditionsSchema>[Field]> | null): SQL[] {
  const column = users[field];
  if (condition === null) return [isNull(column)];
  if (Array.isArray(condition)) return [inArray(column, condition as never[])];
  if (typeof condition !== "object") return [eq(column, condition)];
  const { not, startsWith, gt: above, gte: from, lt: below, lte: upTo } = condition;
  return [
    // In SQL nothing is unequal to null; people who ask for "not this" mean those without a value too.
    ...(not === undefined ? [] : [not === null ? isNotNull(column) : (or(ne(column, not), isNull(column)) as SQL)]),
    ...(startsWith === undefined ? [] : [like(column, sql`${escapeLike(startsWith)} || '%' ESCAPE '\\'`)]),
    ...(above === undefined ? [] : [gt(column, above)]),
    ...(from === undefined ? [] : [gte(column, from)]),
    ...(below === undefined ? [] : [lt(column, below)]),
    ...(upTo === undefined ? [] : [lte(column, upTo)]),
  ];
}

/** ORDER BY and the keyset condition of a page. */
export function pageOf({ order, after }: Query): { order: SQL[]; from: SQL | undefined } {
  const column = users[order.by];
  const towards = order.direction === "asc" ? asc : desc;
  const sign = order.direction === "asc" ? sql`>` : sql`<`;
  return {
    order: order.by === "id" ? [towards(users.id)] : [towards(column), towards(users.id)],
    from: after && sql`(${column}, ${users.id}) ${sign} (${after[0]}, ${after[1]})`,
  };
}

/** A text as LIKE takes it literally, with "\" as the escape. */
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
