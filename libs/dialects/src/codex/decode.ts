import { newId, type IdKind, read, refusal } from '@antiphon/contracts';
import type { DecodedCreate, DecodedRetrieve } from '../dialect.ts';
import { decodeCreate as decodeOpenai, decodeRetrieve as decodeOpenaiRetrieve } from '../openai/decode.ts';
import { WaitQuery } from './schema.ts';

/** The request of the openai dialect. Its run is held open while the caller's program runs the tools. */
export function decodeCreate(body: unknown, makeId: (kind: IdKind) => string = newId): DecodedCreate {
  const decoded = decodeOpenai(body, makeId);
  return { ...decoded, request: { ...decoded.request, dialect: 'codex', onPause: 'hold' } };
}

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** As in the openai dialect, with `wait`: how long to wait for the end, as `30s` or `1m30s`. */
export function decodeRetrieve(query: unknown): DecodedRetrieve {
  const decoded = decodeOpenaiRetrieve(query);
  const { wait } = read(WaitQuery, query);
  return decoded.reply === 'json' && wait !== undefined
    ? { ...decoded, waitMs: readDuration(wait) }
    : decoded;
}

function readDuration(text: string): number {
  if (!/^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/.test(text))
    throw refusal(['wait'], 'must be a duration such as "30s"');
  let sum = 0;
  for (const [, count, unit = 's'] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    sum += Number(count) * (unitMs[unit] ?? 0);
  return Math.round(sum);
}
