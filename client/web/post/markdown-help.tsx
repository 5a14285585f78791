/** What comments may be written with. */
const RULES = [
  ["*emphasis*", "italic"],
  ["**strong**", "bold"],
  ["[words](https://…)", "a link"],
  ["> words", "a quotation"],
  ["- item", "a list"],
  ["`code`", "code"],
] as const;

/** A short guide to the Markdown of comments. */
export function MarkdownHelp() {
  return (
    <dl className="markdown-help">
      {RULES.map(([source, effect]) => (
        <MarkdownRule key={source} source={source} effect={effect} />
      ))}
    </dl>
  );
}

function MarkdownRule({ source, effect }: { source: string; effect: string }) {
  return (
    <>
      <dt>
        <code>{source}</code>
      </dt>
      <dd>{effect}</dd>
    </>
  );
}
