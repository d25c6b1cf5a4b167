import { newId, type IdKind } from '@antiphon/contracts';
import type { DecodedCreate } from '../dialect.ts';
import { decodeCreate as decodeOpenai } from '../openai/decode.ts';

/** The request of the openai dialect. Its run is held open while the caller's program runs the tools. */
export function decodeCreate(body: unknown, makeId: (kind: IdKind) => string = newId): DecodedCreate {
  const decoded = decodeOpenai(body, makeId);
  return { ...decoded, request: { ...decoded.request, dialect: 'codex', onPause: 'hold' } };
}
