import { sessionAddress } from "../../schema/addresses.ts";
import { sessionProtocol } from "../../schema/parties/session.ts";
import { migrationsFrom } from "../kernel/index.ts";

export const sessionSpec = {
  address: sessionAddress,
  protocol: sessionProtocol,
  migrations: migrationsFrom(
    import.meta.glob<string>("../../migrations/parties/session/*.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ),
  // Ten devices with a few tabs each; more are no person's.
  limits: { connections: { open: 100, capacity: 60, perSecond: 2 } },
};
