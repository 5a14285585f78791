import { useEffect, useRef, useState } from "react";
import type { MAX_COMMENT_LENGTH } from "../../../schema/http/posts.ts";
import { useFormats } from "../formats.tsx";
import { MarkdownHelp } from "./markdown-help.tsx";
import { usePreview } from "./use-preview.ts";

// The schema's number, without loading the schema; the type keeps them the same.
const MAX_LENGTH: typeof MAX_COMMENT_LENGTH = 5_000;

interface ComposerProps {
  /** What the text is, for those who don't see where it stands: "Your comment". */
  label: string;
  placeholder?: string;
  submitLabel: string;
  /** The text to begin with. */
  initial?: string;
  /** Takes the trimmed text. The composer is emptied, unless a promise is given that fails. */
  onSubmit: (content: string) => void | Promise<void>;
  onTyping?: () => void;
  /** Shows "Cancel"; without it the composer stays. */
  onCancel?: () => void;
}

/** A field for a comment: text, preview, help, count. Ctrl or Cmd and Enter sends. */
export function Composer({
  label,
  placeholder,
  submitLabel,
  initial = "",
  onSubmit,
  onTyping,
  onCancel,
}: ComposerProps) {
  const { formatNumber } = useFormats();
  const [content, setContent] = useState(initial);
  const [showing, setShowing] = useState<"text" | "preview">("text");
  const [helping, setHelping] = useState(false);
  const [busy, setBusy] = useState(false);
  const text = useRef<HTMLTextAreaElement>(null);
  const preview = usePreview(content, "comment", showing === "preview");
  const trimmed = content.trim();
  const over = trimmed.length > MAX_LENGTH;
  const sendable = trimmed !== "" && !over && !busy;

  const dismissable = onCancel !== undefined;
  useEffect(() => {
    const field = text.current;
    if (!dismissable || field === null) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }, [dismissable]);

  const submit = async (): Promise<void> => {
    if (!sendable) return;
    setBusy(true);
    try {
      await onSubmit(trimmed);
      setContent("");
      setShowing("text");
    } catch {
      // Whoever gave onSubmit has told why; the text stays for another try.
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div className="composer__tabs">
        <button
          type="button"
          className="text-button"
          aria-pressed={showing === "text"}
          onClick={() => setShowing("text")}
        >
          Write
        </button>
        <button
          type="button"
          className="text-button"
          aria-pressed={showing === "preview"}
          onClick={() => setShowing("preview")}
        >
          Preview
        </button>
        <button type="button" className="text-button" aria-expanded={helping} onClick={() => setHelping(!helping)}>
          Help
        </button>
      </div>
      {showing === "text" ? (
        <textarea
          ref={text}
          className="composer__text"
          rows={4}
          aria-label={label}
          placeholder={placeholder}
          value={content}
          onInput={(event) => {
            setContent(event.currentTarget.value);
            onTyping?.();
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
            if (event.key === "Escape" && content === initial) onCancel?.();
          }}
        />
      ) : (
        <div className="composer__preview" aria-live="polite">
          {preview.state === "empty" ? <p className="field__hint">Nothing to preview.</p> : null}
          {preview.state === "failed" ? <p className="field__error">{preview.message}</p> : null}
          {preview.state === "loading" && preview.html === "" ? <p className="field__hint">Rendering…</p> : null}
          {"html" in preview ? (
            <div className="prose prose--small" dangerouslySetInnerHTML={{ __html: preview.html }} />
          ) : null}
        </div>
      )}
      {helping ? (
        <div className="composer__help">
          <MarkdownHelp />
        </div>
      ) : null}
      <div className="composer__foot">
        <span className={over ? "composer__count composer__count--over" : "composer__count"}>
          {trimmed === "" ? null : `${formatNumber(trimmed.length)} / ${formatNumber(MAX_LENGTH)}`}
        </span>
        {onCancel === undefined ? null : (
          <button className="button button--quiet" type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button className="button button--primary" type="submit" disabled={!sendable}>
          {submitLabel}
        </button>
      </div>
    </form>
  );
}
