import { PartyError } from "../schema/errors.ts";
import { isOperator } from "../schema/principal.ts";
import { type AppContext, requireUser, type SignedIn } from "./context.ts";

/** Somebody who runs the service. @throws PartyError `unauthenticated`, `forbidden` */
export async function requireOperator(c: AppContext): Promise<SignedIn> {
  const user = await requireUser(c);
  if (!isOperator(user.principal)) throw new PartyError("forbidden", { message: "For operators only" });
  return user;
}
