import { useEffect, useState } from "react";

const MINUTE_MS = 60_000;

/** The time in milliseconds, renewed every minute; null in the first render, which the server's must equal. */
export function useNow(): number | null {
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    const renew = (): void => setNow(Date.now());
    renew();
    const timer = setInterval(renew, MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
