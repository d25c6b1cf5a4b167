import type { JsonObject, ThoughtOrigin } from '@antiphon/contracts';

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

/** The signed parts of an origin; null for one without any, or of another API at the same account (`field`). */
export function readDetails({ field, details }: ThoughtOrigin): SignedPart[] | null {
  if (field !== undefined || details === undefined) return null;
  return details.filter(isSignedPart);
}

function isSignedPart(detail: JsonObject): detail is SignedPart & JsonObject {
  const { thoughtSignature, thought, text, start, end, image } = detail;
  if (typeof thoughtSignature !== 'string') return false;
  const isPlaced = typeof start === 'number' && typeof end === 'number';
  return isPlaced || typeof image === 'number' || (thought === true && typeof text === 'string');
}
