/** A point in time the time alone where it is of today, with the date in the tooltip. */
export function Time({ iso, className }: { iso: string; className?: string }) {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  const short = new Intl.DateTimeFormat(undefined, {
    ...(isToday
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
  });
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
  return (
    <time dateTime={iso} title={whole.format(date)} className={className} translate="no">
      {short.format(date)}
    </time>
  );
}
