import { timeZoneChoices } from "./choices.ts";

interface TimeZoneFieldProps {
  timezone: string;
  hint?: string;
  onChange: (timezone: string) => void;
}

/** A time zone among all that this machine knows, with the machine's own at hand. */
export function TimeZoneField({ timezone, hint, onChange }: TimeZoneFieldProps) {
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="field">
      <label htmlFor="timezone">Time zone</label>
      <select
        className="input"
        id="timezone"
        value={timezone}
        aria-describedby={hint === undefined ? undefined : "timezone-hint"}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {timeZoneChoices(timezone).map(({ region, zones }) => (
          <optgroup key={region} label={region}>
            {zones.map((zone) => (
              <option key={zone} value={zone}>
                {zone.replaceAll("_", " ")}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {hint === undefined ? null : (
        <p className="field__hint" id="timezone-hint">
          {hint}
        </p>
      )}
      {here === timezone ? null : (
        <p>
          <button className="text-button" type="button" onClick={() => onChange(here)}>
            Use this device’s: {here.replaceAll("_", " ")}
          </button>
        </p>
      )}
    </div>
  );
}
