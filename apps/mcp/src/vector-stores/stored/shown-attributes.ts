import type { AttributeValue } from '@antiphon/contracts';

/** The attributes of a file as the API has them: documents of the file_search tools may have values that are null. */
export function shownAttributes(
  attributes: Readonly<Record<string, unknown>>,
): Record<string, AttributeValue> {
  const entries = Object.entries(attributes).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as Record<string, AttributeValue>; // what is stored are these values and null
}
