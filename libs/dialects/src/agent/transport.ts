import { AppError } from '@antiphon/contracts';
import type { Transport } from './schema.ts';

/** Refuses (`not_acceptable`) a transport that the caller's `Accept` rules out. A caller without one takes anything. */
export function checkTransport(transport: Transport, accept: string | undefined): void {
  const mediaType = transport === 'off' ? 'application/json' : 'text/event-stream';
  if (!accept?.trim() || qualityOf(mediaType, accept) > 0) return;
  throw new AppError(
    'not_acceptable',
    `Incompatible transport: stream=${transport} requires Accept: ${mediaType}`,
  );
}

/** The quality of a media type by the `Accept` header, from 0 to 1: that of the most specific range that matches. */
function qualityOf(mediaType: string, accept: string): number {
  const [type] = mediaType.split('/');
  const ranges = new Map(accept.split(',').map(parseRange));
  return ranges.get(mediaType) ?? ranges.get(`${type}/*`) ?? ranges.get('*/*') ?? 0;
}

function parseRange(text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1];
  const value = quality === undefined ? 1 : Number(quality);
  return [range, Number.isNaN(value) ? 1 : value];
}
