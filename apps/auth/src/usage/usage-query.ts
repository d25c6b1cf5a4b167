import { AppError, DialectName } from '@antiphon/contracts';
import { z } from 'zod';

/** The most buckets of one answer: 31 days by hour, or two years by day. */
export const bucketsMax = 750;

/** What figures can be grouped by: the word of the query, the field of the answer, and the column. */
export const usageGroups = {
  model: { field: 'model', column: 'model' },
  provider: { field: 'provider', column: 'provider' },
  key: { field: 'api_key_id', column: 'key_id' },
  dialect: { field: 'dialect', column: 'dialect' },
  user: { field: 'user_id', column: 'user_id' },
} as const;
export type UsageGroup = keyof typeof usageGroups;
const groupNames = Object.keys(usageGroups) as UsageGroup[];

export const bucketWidths = ['hour', 'day', 'week', 'month'] as const;
export type BucketWidth = (typeof bucketWidths)[number];
/** The shortest that a bucket of a width is; summer time takes an hour from days. */
const shortestMs: Record<BucketWidth, number> = {
  hour: 3_600_000,
  day: 82_800_000,
  week: 601_200_000,
  month: 2_415_600_000,
};
const dayMs = 86_400_000;
const rangeDaysDefault = 7;

/** What to sum, for whom. Times as text: `2026-01-31` is the beginning of the day in the zone. */
export interface UsageQuery {
  from: string;
  to: string;
  timeZone: string;
  bucket: BucketWidth;
  groupBy: readonly UsageGroup[];
  scope: 'own' | 'tenant';
  /** Values by column. */
  filters: ReadonlyMap<string, string>;
}

const aTime = 'must be a time as 2026-01-31T12:00:00Z or a date as 2026-01-31';
const Moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: aTime })
  .refine((text) => /^20\d\d/.test(text), 'must be a time of this century');
const Name = z.string().max(256);

const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be the name of a time zone of the IANA database, as Europe/Berlin');

const GroupBy = z
  .string()
  .max(100)
  .refine(
    (text) => groupsIn(text).every((name) => (groupNames as string[]).includes(name)),
    `must be names from ${groupNames.join(', ')}, separated by commas`,
  );

export const UsageParameters = z.object({
  /** The beginning: a time, or a date in `time_zone`. Seven days before `to` where it is left out. */
  from: Moment.optional(),
  /** The end, excluded. Now where it is left out. */
  to: Moment.optional(),
  bucket: z.enum(bucketWidths).default('day'),
  /** Where days, weeks (from Monday) and months begin. */
  time_zone: TimeZone.default('UTC'),
  /** One or more names, separated by commas. */
  group_by: GroupBy.default(''),
  /** `tenant`: of all users of the caller's tenant; needs the scope `admin`. */
  scope: z.enum(['own', 'tenant']).default('own'),
  model: Name.optional(),
  provider: Name.optional(),
  api_key_id: Name.optional(),
  dialect: DialectName.optional(),
  user_id: Name.optional(),
});

/** Errors: `invalid_request` for an empty range, and for one with too many buckets. */
export function decodeUsage(wire: z.output<typeof UsageParameters>): UsageQuery {
  const to = wire.to ?? new Date().toISOString();
  const from = wire.from ?? new Date(Date.parse(to) - rangeDaysDefault * dayMs).toISOString();
  checkRange(from, to, wire.bucket);
  const filters = Object.values(usageGroups).flatMap(({ field, column }): [string, string][] => {
    const value = wire[field];
    return value === undefined ? [] : [[column, value]];
  });
  return {
    from,
    to,
    timeZone: wire.time_zone,
    bucket: wire.bucket,
    groupBy: groupNames.filter((name) => groupsIn(wire.group_by).includes(name)),
    scope: wire.scope,
    filters: new Map(filters),
  };
}

/** Bounds the work before the zone is applied: a date lies within a day of its UTC midnight. */
function checkRange(from: string, to: string, bucket: BucketWidth): void {
  const rangeMs = Date.parse(to) - Date.parse(from);
  if (rangeMs <= -2 * dayMs) throw emptyRange();
  if (rangeMs > (bucketsMax + 2) * shortestMs[bucket] + 2 * dayMs) throw tooManyBuckets(bucket);
}

export function emptyRange(): AppError {
  return new AppError('invalid_request', 'from must be before to.', { param: 'from' });
}

export function tooManyBuckets(bucket: BucketWidth): AppError {
  return new AppError(
    'invalid_request',
    `The range has more than ${bucketsMax} buckets of a ${bucket}: use a larger bucket or a shorter range.`,
    { param: 'bucket' },
  );
}

function groupsIn(text: string): string[] {
  return text === '' ? [] : text.split(',').map((name) => name.trim());
}

/** Names only: PostgreSQL reads offsets as +02:00 with the opposite sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
