import { build } from "../../scripts/lib/build.ts";
import { chromiumPath } from "../../scripts/lib/chromium.ts";

/** Once before all tests that need the product as it is served: the bundle and the browser. */
export default async function setup(): Promise<void> {
  await build();
  await chromiumPath();
}
