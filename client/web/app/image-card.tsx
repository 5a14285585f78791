import { Copy, Trash2 } from "lucide-react";
import type { Image } from "../../../schema/http/admin/images.ts";
import { useFormats } from "../formats.tsx";
import { markdownOf } from "./upload-image.ts";

interface ImageCardProps {
  image: Image;
  /** @param what it is called, in words */
  onCopy: (what: string, text: string) => Promise<void>;
  onDelete: () => void;
}

/** One image, what is known of it, and what can be done with it. */
export function ImageCard({ image, onCopy, onDelete }: ImageCardProps) {
  const { formatBytes, formatShortDate } = useFormats();
  const { name, url, width, height, size, uploadedAt } = image;
  return (
    <li className="image">
      <a className="image__frame" href={url} aria-label={`Look at ${name}`}>
        <img className="image__picture" src={url} alt="" width={width} height={height} loading="lazy" />
      </a>
      <p className="image__name">{name}</p>
      <p className="meta">
        <span>
          {width} × {height}
        </span>
        <span>{formatBytes(size)}</span>
        <time dateTime={uploadedAt}>{formatShortDate(uploadedAt)}</time>
      </p>
      <div className="image__actions">
        <button
          className="button button--small"
          type="button"
          aria-label={`Copy Markdown of ${name}`}
          onClick={() => void onCopy("Markdown", markdownOf(image))}
        >
          <Copy aria-hidden="true" /> Markdown
        </button>
        <button
          className="button button--small"
          type="button"
          aria-label={`Copy address of ${name}`}
          onClick={() => void onCopy("Address", new URL(url, location.href).href)}
        >
          <Copy aria-hidden="true" /> Address
        </button>
        <button
          className="button button--small button--quiet"
          type="button"
          aria-label={`Delete ${name}…`}
          title="Delete…"
          onClick={onDelete}
        >
          <Trash2 aria-hidden="true" />
        </button>
      </div>
    </li>
  );
}
