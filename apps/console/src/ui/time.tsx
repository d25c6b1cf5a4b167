import { timeZone } from '../app/time-zone.ts';

/** A point in time in the chosen zone: the time alone where it is of today, with the date in the tooltip. */
export function Time({ iso, className }: { iso: string; className?: string }) {
  const date = new Date(iso);
  const zone = timeZone();
  const isToday = dayIn(date, zone) === dayIn(new Date(), zone);
  const short = new Intl.DateTimeFormat(undefined, {
    timeZone: zone,
    ...(isToday
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
  });
  const whole = new Intl.DateTimeFormat(undefined, { timeZone: zone, dateStyle: 'full', timeStyle: 'long' });
  return (
    <time dateTime={iso} title={whole.format(date)} className={className} translate="no">
      {short.format(date)}
    </time>
  );
}

function dayIn(date: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(date);
}
