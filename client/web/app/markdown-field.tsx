import { useLayoutEffect, useRef, useState } from "react";
import type { Tenant } from "../../../schema/http/tenants.ts";
import { usePreview } from "../post/use-preview.ts";
import { withScrollers } from "../scrollers.ts";
import { applyCommand, type Command } from "./markdown-commands.ts";
import { SHORTCUTS, Toolbar } from "./toolbar.tsx";
import { IMAGE_ACCEPT, imagesIn, markdownOf } from "./upload-image.ts";
import { UploadList } from "./upload-list.tsx";
import { useImageUploads } from "./use-image-uploads.ts";

interface MarkdownFieldProps {
  value: string;
  onChange: (value: string) => void;
  /** The site that images go to. */
  tenant: Pick<Tenant, "limits">;
}

/** A Markdown source with its toolbar, and beside it (below a width: behind a switch) how it will look. */
export function MarkdownField({ value, onChange, tenant }: MarkdownFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const selection = useRef<{ start: number; end: number } | null>(null);
  /** What narrow windows show; wide ones show both. */
  const [showing, setShowing] = useState<"write" | "preview">("write");
  const preview = usePreview(value, "post", true);
  const latest = useRef(value);
  latest.current = value;
  const picker = useRef<HTMLInputElement>(null);
  const { uploads, upload, dismiss } = useImageUploads(tenant);

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

  /** Replaces the selection, and puts the caret behind what was inserted. */
  const insert = (text: string): void => {
    const { selectionStart = latest.current.length, selectionEnd = selectionStart } = field.current ?? {};
    const caret = selectionStart + text.length;
    selection.current = { start: caret, end: caret };
    latest.current = latest.current.slice(0, selectionStart) + text + latest.current.slice(selectionEnd);
    onChange(latest.current);
  };
  const addImages = (files: readonly File[]): void => {
    if (files.length === 0) return;
    const places: string[] = [];
    for (const file of files) {
      const place = placeholderFor(file.name, latest.current + places.join());
      places.push(place);
      void addImage(file, place);
    }
    insert(places.join("\n\n"));
  };
  /** Puts an image where its placeholder stands by then; takes the placeholder away when the upload fails. */
  const addImage = async (file: File, place: string): Promise<void> => {
    const image = await upload(file);
    latest.current = latest.current.replace(place, () => (image === null ? "" : markdownOf(image)));
    onChange(latest.current);
  };

  return (
    <div className="markdown-field" data-showing={showing}>
      <div className="markdown-field__bar">
        <Toolbar onCommand={run} onImage={() => picker.current?.click()} disabled={false} />
        <input
          ref={picker}
          type="file"
          accept={IMAGE_ACCEPT}
          multiple
          hidden
          aria-label="Images to insert"
          onChange={({ currentTarget }) => {
            addImages([...(currentTarget.files ?? [])]);
            // So that the same file can be picked once more.
            currentTarget.value = "";
          }}
        />
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
          onPaste={(event) => {
            const images = imagesIn(event.clipboardData);
            // What has been copied from a word processor comes as text too, and that is what is meant.
            if (images.length === 0 || event.clipboardData.getData("text/plain") !== "") return;
            event.preventDefault();
            addImages(images);
          }}
          onDragOver={(event) => {
            if (event.dataTransfer.types.includes("Files")) event.preventDefault();
          }}
          onDrop={(event) => {
            const images = imagesIn(event.dataTransfer);
            if (images.length === 0) return;
            event.preventDefault();
            addImages(images);
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
      <UploadList uploads={uploads} onDismiss={dismiss} />
    </div>
  );
}

/** Whether a text has the place of an image that is still on its way. */
export function awaitsImage(text: string): boolean {
  return /!\[Uploading [^\]]*…\]\(\)/.test(text);
}

/** Stands in the text while an image is on its way. No other in it is the same. */
function placeholderFor(name: string, text: string): string {
  const words = name.replaceAll(/[[\]\\]/g, "");
  for (let number = 1; ; number += 1) {
    const place = `![Uploading ${words}${number === 1 ? "" : ` (${number})`}…]()`;
    if (!text.includes(place)) return place;
  }
}
