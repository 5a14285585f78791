import { useState } from "react";
import type { SettingsPart } from "./settings-page.tsx";
import { TimeZoneField } from "./time-zone-field.tsx";

/** As schema/http/tenants.ts has it, without loading its validator. */
const MAX_NAME_LENGTH = 80;

/** What the site is called, and when its days begin. */
export function SiteSettings({ config, change }: SettingsPart) {
  /** What is typed; null where the field follows the site. */
  const [typed, setTyped] = useState<string | null>(null);
  const name = typed ?? config.displayName;
  const ready = name.trim() !== "" && name.trim() !== config.displayName;
  return (
    <div className="form">
      <form
        className="field"
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          change({ displayName: name.trim() });
          setTyped(null);
        }}
      >
        <label htmlFor="site-name">Name</label>
        <div className="affixed">
          <input
            className="input"
            id="site-name"
            value={name}
            maxLength={MAX_NAME_LENGTH}
            autoComplete="off"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <button className="button" type="submit" disabled={!ready}>
            Rename
          </button>
        </div>
      </form>
      <TimeZoneField
        timezone={config.timeZone}
        hint="The site’s days begin at this zone’s midnight: in statistics, and where posts are counted by month."
        onChange={(timeZone) => change({ timeZone })}
      />
    </div>
  );
}
