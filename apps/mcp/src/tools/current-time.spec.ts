import { describe, expect, it } from 'vitest';
import { callTool, failTool } from '../testing/call.ts';
import { createCurrentTime } from './current-time.ts';

function at(instant: string) {
  return createCurrentTime({ timeoutMs: 1_000, now: () => new Date(instant) });
}

describe('current_time', () => {
  it('returns UTC without a time zone', async () => {
    expect(await callTool(at('2026-11-23T00:05:09.900Z'), {})).toEqual({
      time_zone: 'UTC',
      iso: '2026-11-23T00:05:09+00:00',
      date: '2026-11-23',
      time: '00:05:09',
      weekday: 'Monday',
      utc_offset: '+00:00',
      unix_seconds: 1795392309,
    });
  });

  it.each([
    ['2026-07-01T22:30:00Z', 'Europe/Berlin', '2026-07-02T00:30:00+02:00', 'Thursday'],
    ['2026-12-01T22:30:00Z', 'Europe/Berlin', '2026-12-01T23:30:00+01:00', 'Tuesday'],
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', '2026-03-29T01:59:59+01:00', 'Sunday'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29T03:00:00+02:00', 'Sunday'],
    ['2026-01-01T00:00:00Z', 'America/New_York', '2025-12-31T19:00:00-05:00', 'Wednesday'],
    ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', '2026-01-01T05:45:00+05:45', 'Thursday'],
    ['2026-01-01T00:00:00Z', 'europe/london', '2026-01-01T00:00:00+00:00', 'Thursday'],
  ])('at %s in %s it is %s, %s', async (instant, timeZone, iso, weekday) => {
    const result = await callTool(at(instant), { time_zone: timeZone });
    expect(result).toMatchObject({ iso, weekday });
    expect(Date.parse(iso)).toBe(Date.parse(instant));
  });

  it.each(['Berlin', 'Mars/Olympus', '../etc/passwd', 'UTC; DROP'])('does not know %j', async (timeZone) => {
    expect(await failTool(at('2026-01-01T00:00:00Z'), { time_zone: timeZone })).toMatchObject({
      code: 'invalid_request',
      message: `time_zone: "${timeZone}" is not an IANA time zone; an example is "Europe/Berlin"`,
      param: 'time_zone',
    });
  });
});
