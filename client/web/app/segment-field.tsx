import type { LucideIcon } from "lucide-react";

interface SegmentFieldProps<K extends string> {
  /** Of the group, unlike all others on the page. */
  name: string;
  label: string;
  options: readonly { value: K; label: string; icon?: LucideIcon }[];
  value: K;
  hint?: string;
  disabled?: boolean;
  onChange: (value: K) => void;
}

/** One of a few, all in sight. */
export function SegmentField<K extends string>(props: SegmentFieldProps<K>) {
  const { name, label, options, value: chosen, hint, disabled = false, onChange } = props;
  return (
    <fieldset className="field" disabled={disabled} aria-describedby={hint === undefined ? undefined : `${name}-hint`}>
      <legend className="field__label">{label}</legend>
      <div className="segments">
        {options.map(({ value, label: word, icon: Icon }) => (
          <label className="segment" key={value}>
            <input
              className="segment__input"
              type="radio"
              name={name}
              value={value}
              checked={chosen === value}
              onChange={() => onChange(value)}
            />
            {Icon === undefined ? null : <Icon aria-hidden="true" />}
            {word}
          </label>
        ))}
      </div>
      {hint === undefined ? null : (
        <p className="field__hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </fieldset>
  );
}
