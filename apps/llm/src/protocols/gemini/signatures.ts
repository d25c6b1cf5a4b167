import type { JsonObject } from '@antiphon/contracts';
import { isObject } from '../../providers/json-object.ts';

/**
 * A signature and the part of the answer that it belongs to. `details` of a thought's origin has those of the whole answer so far. A text is
 * given by its start and end among all texts of the answer, in UTF-16 units; an image by its number.
 */
export type SignedPart =
  | { thoughtSignature: string; thought: true; text: string }
  | { thoughtSignature: string; start: number; end: number }
  | { thoughtSignature: string; image: number };

export function toDetails(parts: readonly SignedPart[]): JsonObject[] {
  return parts.map((part) => ({ ...part }));
}

/** The signed parts of details; entries in another form, which another protocol of the same account wrote, are left out. */
export function readDetails(details: readonly JsonObject[]): SignedPart[] {
  return details.filter((detail): detail is SignedPart & JsonObject => {
    if (!isObject(detail) || typeof detail['thoughtSignature'] !== 'string') return false;
    const { thought, text, start, end, image } = detail;
    return (
      (thought === true && typeof text === 'string') ||
      (typeof start === 'number' && typeof end === 'number') ||
      typeof image === 'number'
    );
  });
}
