/** What the API must do. Each scenario names the requirements that it proves (`scenario.ts`). */
export interface Requirement {
  /** The document that demands it, and where in it. */
  source: { document: Document; section: string };
  text: string;
  /** Set where the system does not do it: why, and what happens instead. */
  gap?: string;
}

/**
 * The documents that this API follows, and our own: ARCHITECTURE.md, and the API rules (docs/api-rules.md), which settle what those
 * documents leave open and where they contradict each other.
 */
type Document =
  | 'Jan Response API examples'
  | 'Open Responses specification'
  | 'OpenAI API reference'
  | 'Standard Webhooks specification'
  | 'Internet standards'
  | 'API rules'
  | 'ARCHITECTURE.md';

function from(document: Document) {
  return (section: string, text: string): Requirement => ({ source: { document, section }, text });
}

export const jan = from('Jan Response API examples');
export const openResponses = from('Open Responses specification');
export const openai = from('OpenAI API reference');
export const webhooks = from('Standard Webhooks specification');
export const standards = from('Internet standards');
export const rules = from('API rules');
export const architecture = from('ARCHITECTURE.md');
