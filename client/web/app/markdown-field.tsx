import { useLayoutEffect, useRef, useState } from "react";
import { usePreview } from "../post/use-preview.ts";
import { withScrollers } from "../scrollers.ts";
import { applyCommand, type Command } from "./markdown-commands.ts";
import { SHORTCUTS, Toolbar } from "./toolbar.tsx";

/** A Markdown source with its toolbar, and beside it (below a width: behind a switch) how it will look. */
export function MarkdownField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const selection = useRef<{ start: number; end: number } | null>(null);
  /** What narrow windows show; wide ones show both. */
  const [showing, setShowing] = useState<"write" | "preview">("write");
  const preview = usePreview(value, "post", true);

  // A command's selection can be set only once its text is there.
  useLayoutEffect(() => {
    const wanted = selection.current;
    if (wanted === null) return;
    selection.current = null;
    field.current?.focus();
    field.current?.setSelectionRange(wanted.start, wanted.end);
  });

  const run = (command: Command): void => {
    const element = field.current;
    if (element === null) return;
    const result = applyCommand(command, {
      text: element.value,
      start: element.selectionStart,
      end: element.selectionEnd,
    });
    selection.current = { start: result.start, end: result.end };
    onChange(result.text);
  };

  return (
    <div className="markdown-field" data-showing={showing}>
      <div className="markdown-field__bar">
        <Toolbar onCommand={run} disabled={false} />
        <div className="filters markdown-field__switch" role="group" aria-label="Show">
          <button
            className="filter"
            type="button"
            aria-pressed={showing === "write"}
            onClick={() => setShowing("write")}
          >
            Write
          </button>
          <button
            className="filter"
            type="button"
            aria-pressed={showing === "preview"}
            onClick={() => setShowing("preview")}
          >
            Preview
          </button>
        </div>
      </div>
      <div className="markdown-field__panes">
        <textarea
          ref={field}
          className="markdown-field__source"
          aria-label="Text, in Markdown"
          placeholder="Begin with a sentence."
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            const command = SHORTCUTS[event.key.toLowerCase()];
            if (command === undefined || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
            event.preventDefault();
            run(command);
          }}
        />
        <section className="markdown-field__preview" aria-label="Preview">
          {preview.state === "empty" ? <p className="field__hint">How it will look appears here.</p> : null}
          {preview.state === "failed" ? (
            <p className="notice notice--error" role="status">
              {preview.message}
            </p>
          ) : null}
          {"html" in preview ? (
            <div className="prose" dangerouslySetInnerHTML={{ __html: withScrollers(preview.html) }} />
          ) : null}
        </section>
      </div>
    </div>
  );
}
