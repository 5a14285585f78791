import { usersAddress } from "../../schema/addresses.ts";
import { usersProtocol } from "../../schema/parties/users.ts";
import { migrationsFrom } from "../kernel/index.ts";

export const usersSpec = {
  address: usersAddress,
  protocol: usersProtocol,
  migrations: migrationsFrom(
    import.meta.glob<string>("../../migrations/parties/users/*.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ),
};
