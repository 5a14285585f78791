import { type ReactNode, useMemo, useState } from "react";
import { compareTexts, type Hunk, type Piece } from "./text-diff.ts";

/** A text in one of its versions. What a kind of text does not have is left out. */
export interface Version {
  title: string;
  slug?: string;
  tags?: string;
  content: string;
}

interface VersionsProps {
  mine: Version;
  theirs: Version;
  /** What the other version is called, beside "Yours": "On the server". */
  theirsHeading: string;
}

/** Two versions of a text side by side, with where they differ; or that alone. */
export function Versions({ mine, theirs, theirsHeading }: VersionsProps) {
  const [showing, setShowing] = useState<"versions" | "changes">("versions");
  const hunks = useMemo(() => compareTexts(mine.content, theirs.content), [mine.content, theirs.content]);
  const choice = (value: typeof showing, label: string) => (
    <button className="filter" type="button" aria-pressed={showing === value} onClick={() => setShowing(value)}>
      {label}
    </button>
  );
  return (
    <>
      <div className="filters versions__switch" role="group" aria-label="Show">
        {choice("versions", "Both versions")}
        {choice("changes", "Only what differs")}
      </div>
      {showing === "versions" ? (
        <div className="versions">
          <VersionPane heading="Yours" version={mine} other={theirs}>
            <Pieces pieces={hunks.flatMap((hunk) => hunk.mine)} mark="mine" />
          </VersionPane>
          <VersionPane heading={theirsHeading} version={theirs} other={mine}>
            <Pieces pieces={hunks.flatMap((hunk) => hunk.theirs)} mark="theirs" />
          </VersionPane>
        </div>
      ) : (
        <Changes hunks={hunks} theirsHeading={theirsHeading} />
      )}
    </>
  );
}

function VersionPane({
  heading,
  version,
  other,
  children,
}: {
  heading: string;
  version: Version;
  other: Version;
  children: ReactNode;
}) {
  const { title, slug, tags } = version;
  return (
    <section className="version" aria-label={heading}>
      <h3 className="version__heading">{heading}</h3>
      <p className="version__title">
        <Differing text={title === "" ? "Untitled" : title} differs={title !== other.title} />
      </p>
      {slug === undefined ? null : (
        <p className="meta">
          <span>
            <Differing text={`/${slug}`} differs={slug !== other.slug} />
          </span>
          {tags === undefined || tags === "" ? null : (
            <span>
              <Differing text={tags} differs={tags !== other.tags} />
            </span>
          )}
        </p>
      )}
      <section className="version__text" aria-label={`${heading}: text`}>
        {children}
      </section>
    </section>
  );
}

function Differing({ text, differs }: { text: string; differs: boolean }) {
  return differs ? <mark className="diff">{text}</mark> : <>{text}</>;
}

function Pieces({ pieces, mark }: { pieces: readonly Piece[]; mark: "mine" | "theirs" }) {
  return (
    <>
      {pieces.map(({ text, isChanged }, index) =>
        isChanged ? (
          <mark className={`diff diff--${mark}`} key={index}>
            {text}
          </mark>
        ) : (
          <span key={index}>{text}</span>
        ),
      )}
    </>
  );
}

/** Lines that are the same are shown only next to a difference. */
const CONTEXT_LINES = 2;

function Changes({ hunks, theirsHeading }: { hunks: readonly Hunk[]; theirsHeading: string }) {
  if (hunks.every(({ isSame }) => isSame)) return <p className="notice">The texts are the same.</p>;
  return (
    <section className="version__text version__text--changes" aria-label="What differs">
      {hunks.map((hunk, index) =>
        hunk.isSame ? (
          <span key={index}>
            {context(hunk.mine.map(({ text }) => text).join(""), index > 0, index < hunks.length - 1)}
          </span>
        ) : (
          <span key={index}>
            <Side pieces={hunk.mine} mark="mine" label="Yours" />
            <Side pieces={hunk.theirs} mark="theirs" label={theirsHeading} />
          </span>
        ),
      )}
    </section>
  );
}

function Side({ pieces, mark, label }: { pieces: readonly Piece[]; mark: "mine" | "theirs"; label: string }) {
  if (pieces.length === 0) return null;
  return (
    <span className={`change change--${mark}`}>
      <span className="change__whose">{label}</span>
      <Pieces pieces={pieces} mark={mark} />
    </span>
  );
}

function context(text: string, isAfterChange: boolean, isBeforeChange: boolean): string {
  const lines = text.split("\n");
  if (lines.length <= 2 * CONTEXT_LINES + 1) return text;
  return [
    ...(isAfterChange ? lines.slice(0, CONTEXT_LINES) : []),
    "⋯",
    // The text ends with a line break, after which an empty line would be counted.
    ...(isBeforeChange ? lines.slice(-CONTEXT_LINES - 1) : [""]),
  ].join("\n");
}
