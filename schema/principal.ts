import { z } from "zod";
import { sessionIdSchema, userIdSchema } from "./ids.ts";

export const roleSchema = z.enum(["user", "admin", "super_admin"]);
export type Role = z.infer<typeof roleSchema>;

/** What others may see of a person. */
export const personSchema = z.object({
  id: userIdSchema,
  name: z.string(),
  picture: z.string().nullable(),
});
export type Person = z.infer<typeof personSchema>;

/**
 * Who is calling, as verified by the edge. It travels from the edge to a party and is never read from anything
 * that a client wrote.
 */
export const principalSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("user"),
    user: personSchema,
    role: roleSchema,
    sessionId: sessionIdSchema,
  }),
  z.object({ kind: z.literal("anonymous") }),
]);
export type Principal = z.infer<typeof principalSchema>;
export type UserPrincipal = Extract<Principal, { kind: "user" }>;

export const ANONYMOUS: Principal = { kind: "anonymous" };

/** True for the people who run the service. */
export function isOperator(principal: Principal): boolean {
  return principal.kind === "user" && principal.role !== "user";
}
