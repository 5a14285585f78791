import type { AdminConfig, ConfigChanges } from "../../../schema/http/admin/config.ts";
import { call } from "../api.ts";
import type { Change, Optimistic } from "./optimistic.ts";

export type ConfigStore = Optimistic<AdminConfig>;

export function loadConfig(signal?: AbortSignal): Promise<AdminConfig> {
  return call<AdminConfig>("GET", "/api/admin/config", signal === undefined ? {} : { signal });
}

/** A configuration with changes in it, as the server will make it. */
export function changedConfig(config: AdminConfig, changes: ConfigChanges): AdminConfig {
  const { theme, features, editorPreferences, displayName, timeZone, tier } = changes;
  return {
    ...config,
    displayName: displayName ?? config.displayName,
    timeZone: timeZone ?? config.timeZone,
    tier: tier ?? config.tier,
    font: theme?.font ?? config.font,
    theme: { accent: theme?.accent ?? config.theme.accent, font: theme?.font ?? config.theme.font },
    features: {
      comments: features?.comments ?? config.features.comments,
      commentPolicy: features?.commentPolicy ?? config.features.commentPolicy,
      reactionCounts: features?.reactionCounts ?? config.features.reactionCounts,
    },
    editorPreferences: {
      autoSaveInterval: editorPreferences?.autoSaveInterval ?? config.editorPreferences.autoSaveInterval,
      zenMode: editorPreferences?.zenMode ?? config.editorPreferences.zenMode,
    },
  };
}

/** Of what is known and what the server says, the newer. */
export function newer(told: AdminConfig): Change<AdminConfig> {
  return (known) => (known.version > told.version ? known : told);
}

/**
 * Changes a site's configuration: shown at once, and taken back when the server refuses.
 * @throws ApiError
 */
export async function changeConfig(store: ConfigStore, changes: ConfigChanges): Promise<void> {
  await store.change(
    (config) => changedConfig(config, changes),
    async () => newer(await call<AdminConfig>("PUT", "/api/admin/config", { body: changes })),
  );
}
