/* The clock of a time zone. */

const dayMs = 86_400_000;

/** What the zone's clock shows, to the minute, as `2026-01-31T23:59`. */
export function clockIn(zone: string, ms: number): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const date = [part('year').padStart(4, '0'), part('month'), part('day')].join('-');
  return `${date}T${part('hour')}:${part('minute')}`;
}

/** When the zone's clock shows this, in milliseconds since the epoch: the first time where it shows it twice. */
export function momentOf(clock: string, zone: string): number {
  const inUtc = Date.parse(`${clock}Z`);
  const offsetAt = (ms: number) => Date.parse(`${clockIn(zone, ms)}Z`) - ms;
  // Where the clock was set within these two days, one of the two offsets holds.
  const [first, second] = [inUtc - offsetAt(inUtc - dayMs), inUtc - offsetAt(inUtc + dayMs)];
  return clockIn(zone, first) === clock ? first : second;
}
