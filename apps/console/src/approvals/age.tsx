import { useEffect, useReducer } from 'react';
import { usePreferences } from '../settings/preferences.ts';
import { wholeTime } from '../ui/text/time.tsx';

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;
const tickMs = 10_000;

/** How long ago a time is, or how long until it, as `2m` or `in 29d`; the time itself is the tooltip. */
export function Age({ iso, className = '' }: { iso: string; className?: string }) {
  usePreferences();
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, tickMs);
    return () => clearInterval(timer);
  }, []);
  const time = new Date(iso);
  return (
    <time dateTime={iso} title={wholeTime(time)} className={className} translate="no">
      {ageOf(time.getTime() - Date.now())}
    </time>
  );
}

/** A distance in its largest whole unit. */
function ageOf(ms: number): string {
  const [unit, size] = steps.find(([, one]) => Math.abs(ms) >= one) ?? (['second', 1_000] as const);
  const format = new Intl.RelativeTimeFormat(undefined, { style: 'narrow' });
  return format.format(Math.trunc(ms / size), unit);
}
