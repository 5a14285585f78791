import type { z } from "zod";
import type { Settings } from "../../scripts/lib/settings.ts";
import { expectBody } from "./contract-checks.ts";
import { postShape } from "./contract-shapes.ts";
import { makeTenant, type Site, startSite } from "./harness.ts";
import { type Caller, callerOf, newcomer } from "./wire.ts";

/** The subdomain of the one site that the contract is read on. */
export const ON = "glade";

/** A served product with one site, its owner and a reader. */
export interface Glade {
  site: Site;
  call: Caller;
  owner: Awaited<ReturnType<typeof newcomer>>;
  reader: Awaited<ReturnType<typeof newcomer>>;
  /** Writes a post as the owner. */
  writePost: (body: Record<string, unknown>) => Promise<z.infer<typeof postShape>>;
  /** Publishes a post of that title. */
  published: (title: string) => Promise<z.infer<typeof postShape>>;
}

export async function openGlade(settings: Settings = {}): Promise<Glade> {
  const site = await startSite(settings);
  const call = callerOf(site);
  const owner = await newcomer(site, "Olive");
  const reader = await newcomer(site, "Rowan");
  await makeTenant(site, owner.accessToken, ON, "The glade");
  const writePost: Glade["writePost"] = async (body) =>
    expectBody(await call("POST", "/api/posts", { on: ON, token: owner.accessToken, body }), 201, postShape);
  const published: Glade["published"] = async (title) =>
    await writePost({ title, content: "Some *text*.", status: "published" });
  return { site, call, owner, reader, writePost, published };
}
