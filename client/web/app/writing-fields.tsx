import { slugify } from "../../../schema/text.ts";

const MAX_SLUG_LENGTH = 96;

/** The title of what is being written, as large as readers will see it. */
export function TitleField(props: { value: string; maxLength: number; onChange: (title: string) => void }) {
  return (
    <textarea
      className="editor__title"
      aria-label="Title"
      placeholder="Title"
      rows={1}
      value={props.value}
      maxLength={props.maxLength}
      onKeyDown={(event) => {
        // One paragraph, however many lines it takes.
        if (event.key === "Enter") event.preventDefault();
      }}
      onInput={(event) => props.onChange(event.currentTarget.value.replaceAll(/\s*\n\s*/g, " "))}
    />
  );
}

/** Its place in the site's addresses, which the server makes from the title when it is left empty. */
export function AddressField(props: { value: string; title: string; onChange: (slug: string) => void }) {
  return (
    <div className="field">
      <label htmlFor="slug">Address</label>
      <input
        className="input"
        id="slug"
        value={props.value}
        maxLength={MAX_SLUG_LENGTH}
        placeholder={props.title === "" ? "made from the title" : slugify(props.title)}
        autoCapitalize="none"
        spellCheck={false}
        onInput={(event) => props.onChange(event.currentTarget.value.toLowerCase())}
      />
    </div>
  );
}
