import type { Limits, Tier } from "../../../schema/http/tenants.ts";
import { TIER_LIMITS, TIERS } from "../../../schema/tiers.ts";
import { type Formats } from "../format.ts";
import { useFormats } from "../formats.tsx";
import { ChoiceField } from "./choice-field.tsx";
import type { SettingsPart } from "./settings-page.tsx";
import { TIER_WORDS } from "./tiers.ts";

const ICON_WORDS: Readonly<Record<Limits["sectionIcons"], string>> = {
  none: "none",
  few: "ten",
  all: "all of Lucide",
  uploaded: "your own",
};

/** What is limited, as a row of the table. */
const ROWS: readonly { label: string; say: (limits: Limits, formats: Formats) => string }[] = [
  { label: "Sections of its own", say: ({ customSections: own }) => (own === null ? "unlimited" : String(own)) },
  { label: "Icons for them", say: ({ sectionIcons }) => ICON_WORDS[sectionIcons] },
  { label: "Pages", say: ({ pages }, { formatNumber }) => formatNumber(pages) },
  { label: "Members", say: ({ members }, { formatNumber }) => formatNumber(members) },
  { label: "Images", say: ({ images }, { formatNumber }) => formatNumber(images) },
  { label: "Size of an image", say: ({ imageBytes }, { formatBytes }) => formatBytes(imageBytes) },
  { label: "Uploads an hour", say: ({ uploadsPerHour }, { formatNumber }) => formatNumber(uploadsPerHour) },
  { label: "Requests a minute", say: ({ requestsPerMinute }, { formatNumber }) => formatNumber(requestsPerMinute) },
];

/** What this site has, and what it would have in another tier. */
export function TierSettings({ config, change, isOperator }: SettingsPart & { isOperator: boolean }) {
  const formats = useFormats();
  return (
    <>
      {isOperator ? (
        <ChoiceField<Tier>
          id="tier-choice"
          label="Tier of this site"
          words={TIER_WORDS}
          value={config.tier}
          onChange={(tier) => {
            if (tier !== null) change({ tier });
          }}
        />
      ) : (
        <p>
          This site is <strong>{TIER_WORDS[config.tier]}</strong>. Those who run Understory can change that.
        </p>
      )}
      <table className="tiers">
        <caption className="visually-hidden">What each tier has</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">What</span>
            </th>
            {TIERS.map((tier) => (
              <th scope="col" key={tier} className={tier === config.tier ? "tiers__own" : undefined}>
                {TIER_WORDS[tier]}
                {tier === config.tier ? <span className="visually-hidden"> (this site)</span> : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(({ label, say }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {TIERS.map((tier) => (
                <td key={tier} className={tier === config.tier ? "tiers__own" : undefined}>
                  {say(tier === config.tier ? config.limits : TIER_LIMITS[tier], formats)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
