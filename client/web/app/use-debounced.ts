import { useEffect, useState } from "react";

/** The value, once it has not changed for so many milliseconds. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return calm;
}
