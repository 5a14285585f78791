import type { z } from "zod";
import { type ErrorCode, ERRORS, errorBodySchema } from "../schema/errors.ts";

/** One JSON answer, for `createRoute`. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON body that a request must have, for `createRoute`. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true as const, content: { "application/json": { schema } } };
}

/** A route's answers: its own, and the refusals that it may give beside those every route may give. */
export function answers<R extends Record<number, object>>(own: R, ...refusals: ErrorCode[]): R {
  const coded = refusals.map((code) => [ERRORS[code].status, json(code, errorBodySchema)] as const);
  return { ...Object.fromEntries(coded), ...own, default: json("Any other failure", errorBodySchema) };
}

/** How a caller proves who they are. */
export const SIGNED_IN = [{ cookie: [] }, { bearer: [] }];
