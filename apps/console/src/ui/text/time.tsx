import { timeZone, usePreferences } from '../../settings/preferences.ts';

/** A point in time: the time alone where it is of today, with the whole date and the zone in the tooltip. All in the preferred time zone. */
export function Time({ iso, className }: { iso: string; className?: string }) {
  usePreferences();
  const date = new Date(iso);
  const isToday = dayOf(date) === dayOf(new Date());
  const short = new Intl.DateTimeFormat(undefined, {
    timeZone: timeZone(),
    ...(isToday
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
  });
  return (
    <time dateTime={iso} title={wholeTime(date)} className={className} translate="no">
      {short.format(date)}
    </time>
  );
}

/** A point in time with its date and zone, in the preferred time zone. */
export function wholeTime(date: Date): string {
  return new Intl.DateTimeFormat(undefined, {
    timeZone: timeZone(),
    dateStyle: 'full',
    timeStyle: 'long',
  }).format(date);
}

/** A day without its time, as `Jan 31, 2026`, in the preferred time zone. */
export function Day({ iso }: { iso: string }) {
  usePreferences();
  const day = new Intl.DateTimeFormat(undefined, { timeZone: timeZone(), dateStyle: 'medium' });
  return (
    <time dateTime={iso} translate="no">
      {day.format(new Date(iso))}
    </time>
  );
}

/** The day of a point in time in the preferred time zone, for comparisons. */
function dayOf(date: Date): string {
  return new Intl.DateTimeFormat('en', { timeZone: timeZone(), dateStyle: 'short' }).format(date);
}
