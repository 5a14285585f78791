import { useEffect, useState } from "react";

/** Whether nothing is shown but the text and the way to save it. Escape ends it. */
export function useZen(initial: boolean): { isZen: boolean; setZen: (isZen: boolean) => void } {
  const [isZen, setZen] = useState(initial);
  useEffect(() => {
    if (!isZen) return undefined;
    const { dataset } = document.documentElement;
    const leave = (event: KeyboardEvent): void => {
      // Escape closes a dialog or a menu first.
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector("dialog[open]") === null)
        setZen(false);
    };
    dataset["zen"] = "";
    addEventListener("keydown", leave);
    return () => {
      delete dataset["zen"];
      removeEventListener("keydown", leave);
    };
  }, [isZen]);
  return { isZen, setZen };
}
