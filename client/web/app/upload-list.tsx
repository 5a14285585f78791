import { X } from "lucide-react";
import type { Upload } from "./use-uploads.ts";

/** What is on its way, and what did not get there. */
export function UploadList({ uploads, onDismiss }: { uploads: readonly Upload[]; onDismiss: (id: number) => void }) {
  if (uploads.length === 0) return null;
  return (
    <ul className="uploads" aria-label="Uploads">
      {uploads.map(({ id, name, part, problem }) => (
        <li className="upload" key={id}>
          <span className="upload__name">{name}</span>
          {problem === null ? (
            <progress className="upload__bar" aria-label={`Uploading ${name}`} value={part} max={1} />
          ) : (
            <>
              <span className="upload__problem field__error" role="alert">
                {problem}
              </span>
              <button
                className="text-button"
                type="button"
                aria-label={`Dismiss ${name}`}
                onClick={() => onDismiss(id)}
              >
                <X aria-hidden="true" />
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
