import type { Model } from '../api/content/models.ts';

/** What the address says of the page: its filters. */
export interface ModelsSearch {
  q?: string | undefined;
  provider?: string | undefined;
}

/** What is valid of an address; the rest is left out. */
export function readModelsSearch({ q, provider }: Record<string, unknown>): ModelsSearch {
  return {
    // A text of digits is a number in the address.
    ...((typeof q === 'string' || typeof q === 'number') && q !== '' && { q: String(q) }),
    ...(typeof provider === 'string' && provider !== '' && { provider }),
  };
}

/** The models of a provider with all words of `q` in their names. */
export function filtered(models: readonly Model[], { q = '', provider }: ModelsSearch): Model[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter(
    ({ id, owned_by: owner }) =>
      (provider === undefined || owner === provider) &&
      words.every((word) => id.toLowerCase().includes(word)),
  );
}
