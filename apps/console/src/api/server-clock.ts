import { useEffect, useState } from 'react';

/* The time by the server's clock, so that a run which goes on has the same duration on every machine. */

let aheadMs = 0;

/** Takes the time that an answer carries. */
export function noteServerTime(iso: string): void {
  aheadMs = Date.parse(iso) - Date.now();
}

export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** The server's time: again every `tickMs` while something runs, else once. */
export function useServerNow(isRunning: boolean, tickMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    setNow(serverNow());
    if (!isRunning) return;
    const timer = setInterval(() => setNow(serverNow()), tickMs);
    return () => clearInterval(timer);
  }, [isRunning, tickMs]);
  return now;
}
