import { attemptsAddress } from "../../schema/addresses.ts";
import { attemptsProtocol } from "../../schema/parties/attempts.ts";
import { migrationsFrom } from "../kernel/index.ts";

export const attemptsSpec = {
  address: attemptsAddress,
  protocol: attemptsProtocol,
  migrations: migrationsFrom(
    import.meta.glob<string>("../../migrations/parties/attempts/*.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ),
};
