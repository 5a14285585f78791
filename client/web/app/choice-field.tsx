import { isOneOf } from "./standing.ts";

interface ChoiceFieldProps<K extends string> {
  id: string;
  label: string;
  /** What may be chosen, in words. */
  words: Readonly<Record<K, string>>;
  value: K | null;
  /** What stands for no choice; absent where one is always made. */
  none?: string;
  /** Why it cannot be changed, or null. */
  locked?: string | null;
  onChange: (value: K | null) => void;
}

/** One of a few words. A field that is locked says why. */
export function ChoiceField<K extends string>(props: ChoiceFieldProps<K>) {
  const { id, label, words, value, none, locked = null, onChange } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        className="input"
        id={id}
        value={value ?? ""}
        disabled={locked !== null}
        aria-describedby={locked === null ? undefined : `${id}-lock`}
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.value;
          // What is shown is what holds, also when the choice is not taken.
          currentTarget.value = value ?? "";
          onChange(isOneOf(words, chosen) ? chosen : null);
        }}
      >
        {none === undefined ? null : <option value="">{none}</option>}
        {Object.entries<string>(words).map(([key, word]) => (
          <option key={key} value={key}>
            {word}
          </option>
        ))}
      </select>
      {locked === null ? null : (
        <p className="field__hint" id={`${id}-lock`}>
          {locked}
        </p>
      )}
    </div>
  );
}
