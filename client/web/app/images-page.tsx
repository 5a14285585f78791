import { ImageUp } from "lucide-react";
import { type DragEvent, useCallback, useEffect, useRef, useState } from "react";
import type { Image, ImageList } from "../../../schema/http/admin/images.ts";
import type { Tenant } from "../../../schema/http/tenants.ts";
import { call, messageOf } from "../api.ts";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { DeleteImage } from "./delete-image.tsx";
import { ImageCard } from "./image-card.tsx";
import { Rest } from "./rest.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { IMAGE_ACCEPT, imagesIn } from "./upload-image.ts";
import { UploadList } from "./upload-list.tsx";
import { useImageUploads } from "./use-image-uploads.ts";
import { useLoad } from "./use-load.ts";

/** Three rows of the grid on a wide screen. */
const IMAGES_A_PAGE = 24;

function fetchImages(cursor: string | null, signal?: AbortSignal): Promise<ImageList> {
  const query = new URLSearchParams({ limit: String(IMAGES_A_PAGE), ...(cursor === null ? {} : { cursor }) });
  return call<ImageList>("GET", `/api/admin/images?${query}`, signal === undefined ? {} : { signal });
}

/** The site's images: what there is, and the way to add more. */
export function ImagesPage({ bootstrap: { tenant, signInUrl } }: { bootstrap: Bootstrap }) {
  return tenant === null ? null : <Images tenant={tenant} signInUrl={signInUrl} />;
}

function Images({ tenant, signInUrl }: { tenant: Tenant; signInUrl: string }) {
  const { loaded, reload, update } = useLoad(useCallback((signal: AbortSignal) => fetchImages(null, signal), []));
  const { uploads, upload, dismiss } = useImageUploads(tenant);
  const [deleting, setDeleting] = useState<Image | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  const add = async (file: File): Promise<void> => {
    const image = await upload(file);
    if (image !== null) update((list) => ({ ...list, images: [image, ...list.images] }));
  };
  const addAll = (files: readonly File[]): void => {
    for (const file of files) void add(file);
  };
  const latest = useRef(addAll);
  latest.current = addAll;
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent): void => latest.current(imagesIn(clipboardData));
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, []);

  const attempt = async (work: () => Promise<string | null>): Promise<void> => {
    try {
      setMessage(await work());
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const more = (cursor: string): Promise<void> =>
    attempt(async () => {
      setLoadingMore(true);
      try {
        const next = await fetchImages(cursor);
        update(({ images }) => {
          const known = new Set(images.map(({ id }) => id));
          return {
            images: [...images, ...next.images.filter(({ id }) => !known.has(id))],
            nextCursor: next.nextCursor,
          };
        });
        return null;
      } finally {
        setLoadingMore(false);
      }
    });
  const remove = ({ id }: Image): Promise<void> =>
    attempt(async () => {
      await call("DELETE", `/api/admin/images/${id}`);
      update((list) => ({ ...list, images: list.images.filter((image) => image.id !== id) }));
      return "Deleted.";
    });
  const copy = (what: string, text: string): Promise<void> =>
    attempt(async () => {
      await navigator.clipboard.writeText(text);
      return `${what} copied.`;
    });

  return (
    <div
      className={isOver ? "wide drop drop--over" : "wide drop"}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={(event) => {
        if (isOutside(event)) setIsOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        addAll([...event.dataTransfer.files]);
      }}
    >
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Images</h1>
          <p className="card-page__text">Choose them, drop them here, or paste one.</p>
        </div>
        <button className="button button--primary" type="button" onClick={() => picker.current?.click()}>
          <ImageUp aria-hidden="true" /> Upload images
        </button>
        <input
          ref={picker}
          type="file"
          accept={IMAGE_ACCEPT}
          multiple
          hidden
          aria-label="Images to upload"
          onChange={({ currentTarget }) => {
            addAll([...(currentTarget.files ?? [])]);
            // So that the same file can be picked once more.
            currentTarget.value = "";
          }}
        />
      </div>
      <UploadList uploads={uploads} onDismiss={dismiss} />
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? <Failure error={loaded.error} onRetry={reload} signInUrl={signInUrl} /> : null}
      {loaded.state === "ready" && loaded.value.images.length === 0 ? (
        <div className="empty">
          <p className="empty__title">No images yet</p>
          <p>What you upload here can be shown in every post and page.</p>
        </div>
      ) : null}
      {loaded.state === "ready" && loaded.value.images.length > 0 ? (
        <>
          <ul className="images">
            {loaded.value.images.map((image) => (
              <ImageCard key={image.id} image={image} onCopy={copy} onDelete={() => setDeleting(image)} />
            ))}
          </ul>
          <Rest cursor={loaded.value.nextCursor} loading={loadingMore} onMore={more} />
        </>
      ) : null}
      {deleting === null ? null : (
        <DeleteImage image={deleting} onClose={() => setDeleting(null)} onConfirm={() => void remove(deleting)} />
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

/** Whether a drag has left the element, and not just gone over to one inside of it. */
function isOutside({ currentTarget, relatedTarget }: DragEvent): boolean {
  return !(relatedTarget instanceof Node && currentTarget.contains(relatedTarget));
}
