import type { Theme } from "../../../schema/http/tenants.ts";
import { SegmentField } from "./segment-field.tsx";
import type { SettingsPart } from "./settings-page.tsx";

const ACCENTS: readonly { accent: Theme["accent"]; label: string }[] = [
  { accent: "moss", label: "Moss" },
  { accent: "fern", label: "Fern" },
  { accent: "clay", label: "Clay" },
  { accent: "plum", label: "Plum" },
  { accent: "ink", label: "Ink" },
];
const FONTS: readonly { value: Theme["font"]; label: string }[] = [
  { value: "literata", label: "Literata, a serif" },
  { value: "inter", label: "Inter, a sans" },
];

/** How the site looks to its readers. */
export function LookSettings({ config: { theme, displayName }, change }: SettingsPart) {
  return (
    <div className="form">
      <fieldset className="field">
        <legend className="field__label">Accent</legend>
        <div className="segments">
          {ACCENTS.map(({ accent, label }) => (
            <label className="segment" key={accent}>
              <input
                className="segment__input"
                type="radio"
                name="accent"
                value={accent}
                checked={theme.accent === accent}
                onChange={() => change({ theme: { accent } })}
              />
              <span className="swatch" data-accent={accent} aria-hidden="true" />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      <SegmentField
        name="font"
        label="Type for reading"
        options={FONTS}
        value={theme.font}
        onChange={(font) => change({ theme: { font } })}
      />
      <div className="look" data-accent={theme.accent} data-font={theme.font} aria-hidden="true">
        <p className="look__site">{displayName}</p>
        <p className="look__title">What the light does in March</p>
        <p className="look__text">
          It comes in low under the hazel, and for an hour the moss is the brightest thing there is.{" "}
          <span className="look__link">More on moss</span>
        </p>
        <span className="look__button">Comment</span>
      </div>
    </div>
  );
}
