import { postAddress } from "../../schema/addresses.ts";
import { postProtocol } from "../../schema/parties/post.ts";
import { migrationsFrom } from "../kernel/index.ts";

export const postSpec = {
  address: postAddress,
  protocol: postProtocol,
  migrations: migrationsFrom(
    import.meta.glob<string>("../../migrations/parties/post/*.sql", { query: "?raw", import: "default", eager: true }),
  ),
};
