import { useEffect, useRef } from "react";
import { X } from "lucide-react";

const SHOWN_MS = 8_000;

/** A message over the page. It leaves by itself, or when told to. */
export function Toast({ message, onClose }: { message: string; onClose: () => void }) {
  const close = useRef(onClose);
  close.current = onClose;
  // A new message starts the time anew; a new function does not.
  useEffect(() => {
    const timer = setTimeout(() => close.current(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div className="toast" role="status">
      <span>{message}</span>
      <button className="text-button" type="button" aria-label="Dismiss" onClick={onClose}>
        <X aria-hidden="true" />
      </button>
    </div>
  );
}
