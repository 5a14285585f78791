import { analyticsAddress } from "../../schema/addresses.ts";
import { analyticsProtocol } from "../../schema/parties/analytics.ts";
import { migrationsFrom } from "../kernel/index.ts";

export const analyticsSpec = {
  address: analyticsAddress,
  protocol: analyticsProtocol,
  migrations: migrationsFrom(
    import.meta.glob<string>("../../migrations/parties/analytics/*.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ),
};
