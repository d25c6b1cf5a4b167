import type { Limit } from '@antiphon/service-kit';
import { z } from 'zod';

/** A bucket of an S3-compatible store. Its credentials come from the usual variables and files of AWS's clients. */
export interface S3Location {
  bucket: string;
  /** Begins the key of each object. */
  prefix: string;
  region: string;
  /** Null: AWS's own. */
  endpoint: string | null;
}

/** The store of new files, as the limits file names it: null is PostgreSQL. */
export function storeSetting(about: string): Limit<S3Location | null> {
  const schema = z.unknown().transform((value, context) => {
    if (value === 'database') return null;
    const location = typeof value === 'string' ? locationOf(value) : null;
    if (location) return location;
    context.addIssue(
      `must be database or s3://BUCKET/PREFIX?region=REGION&endpoint=URL, got ${JSON.stringify(value)}`,
    );
    return z.NEVER;
  });
  return { fallback: 'database', about, allowed: null, schema };
}

function locationOf(text: string): S3Location | null {
  const parts =
    /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{2,62})(?:\/(?<prefix>[\w!.*'()/-]{0,200}))?(?:\?(?<query>.*))?$/.exec(
      text,
    )?.groups;
  if (parts?.bucket === undefined) return null;
  const query = new URLSearchParams(parts.query);
  const endpoint = query.get('endpoint');
  if ([...query.keys()].some((name) => name !== 'region' && name !== 'endpoint')) return null;
  if (endpoint !== null && !/^https?:\/\/[^/]/.test(endpoint)) return null;
  return {
    bucket: parts.bucket,
    prefix: parts.prefix ?? '',
    region: query.get('region') ?? 'us-east-1',
    endpoint,
  };
}
