import { z } from "zod";
import { PartyError } from "../../schema/errors.ts";
import { type AdminConfig, configChangesSchema } from "../../schema/http/admin/config.ts";
import { isOperator } from "../../schema/principal.ts";
import type { SiteConfig } from "../../schema/parties/tenant.ts";
import { command } from "../kernel/index.ts";
import { changed, configOf } from "./config.ts";
import { customSectionsOf } from "./sections.ts";
import { bySomeone, requireRole, type SiteContext } from "./site-context.ts";

/** What the site's owner sets, and what only those who run the service may. */
export function configMethods(context: SiteContext) {
  return {
    /** Everything that can be set, as it is. */
    getAdminConfig: command(bySomeone, ({ principal }) => {
      requireRole(context, principal, "owner");
      return adminConfig(context);
    }),

    /** Changes what `changes` names, and answers all of it. */
    updateConfig: command(
      bySomeone.extend({ changes: configChangesSchema }),
      ({ principal, changes }): { admin: AdminConfig; config: SiteConfig } => {
        requireRole(context, principal, "owner");
        if ((changes.tier !== undefined || changes.limits !== undefined) && !isOperator(principal))
          throw new PartyError("forbidden", { message: "Tier and limits are set by those who run the service" });
        const set = changed(context.site(), changes);
        if (set !== undefined) context.changed(set);
        return { admin: adminConfig(context), config: configOf(context.db, context.site()) };
      },
    ),

    /** What the edge and other parties may know. */
    getConfig: command(z.object({}), (): SiteConfig => configOf(context.db, context.site())),
  };
}

function adminConfig(context: SiteContext): AdminConfig {
  const row = context.site();
  const { menu: _, ...tenant } = configOf(context.db, row).tenant;
  return {
    ...tenant,
    font: row.theme.font,
    editorPreferences: row.editorPreferences,
    customSections: customSectionsOf(context),
  };
}
