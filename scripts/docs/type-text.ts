import { z } from "zod";

/** The part of JSON Schema that `z.toJSONSchema` writes for the shapes on the wire. */
const jsonSchema = z.looseObject({
  $ref: z.string().optional(),
  anyOf: z.array(z.unknown()).optional(),
  enum: z.array(z.json()).optional(),
  const: z.json().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  propertyNames: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
});

/** Schemas that have a name of their own in the documents. */
export type Names = ReturnType<typeof z.registry<{ id: string }>>;

/**
 * Words a schema as TypeScript would, with the names of `names` where it uses them.
 * @param io whether to word what goes in (defaults may be left out) or what comes out
 */
export function typeText(schema: z.ZodType, names: Names, io: "input" | "output"): string {
  return names.get(schema)?.id ?? bodyText(schema, names, io);
}

/** As `typeText`, and spelled out also when the schema has a name. */
export function bodyText(schema: z.ZodType, names: Names, io: "input" | "output"): string {
  const json = z.toJSONSchema(schema, { metadata: names, io });
  // A schema with a name is itself a reference to its definition.
  const own = names.get(schema)?.id;
  return word(own === undefined ? json : (json.$defs?.[own] ?? json));
}

function word(json: unknown): string {
  const schema = jsonSchema.parse(json);
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  if (schema.anyOf !== undefined) return schema.anyOf.map(word).join(" | ");
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  switch (schema.type) {
    case "integer":
      return "number";
    case "array":
      return `Array<${word(schema.items)}>`;
    case "object":
      return wordObject(schema);
    case "string":
      return `string${lengthNote(schema)}`;
    default:
      return schema.type ?? "unknown";
  }
}

function wordObject({
  properties = {},
  required = [],
  propertyNames,
  additionalProperties,
}: z.infer<typeof jsonSchema>) {
  if (propertyNames !== undefined) return `Record<${word(propertyNames)}, ${word(additionalProperties)}>`;
  const fields = Object.entries(properties).map(
    ([name, value]) => `${name}${required.includes(name) ? "" : "?"}: ${word(value)}`,
  );
  return fields.length === 0 ? "{}" : `{ ${fields.join("; ")} }`;
}

function lengthNote({ minLength = 0, maxLength }: z.infer<typeof jsonSchema>): string {
  return maxLength === undefined ? "" : ` /* ${minLength} to ${maxLength.toLocaleString("en")} characters */`;
}
