import { tenantAddress } from "../../schema/addresses.ts";
import { tenantProtocol } from "../../schema/parties/tenant.ts";
import { migrationsFrom } from "../kernel/index.ts";

export const tenantSpec = {
  address: tenantAddress,
  protocol: tenantProtocol,
  migrations: migrationsFrom(
    import.meta.glob<string>("../../migrations/parties/tenant/*.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ),
};
