import { useQuery } from '@tanstack/react-query';
import { getJson } from '../http.ts';

export const abilities = ['tools', 'vision', 'json_schema', 'reasoning', 'images'] as const;

/** A model with what is known of it; what is unknown is left out. */
export interface Model {
  id: string;
  /** The provider that serves it. */
  owned_by: string;
  /** Tokens of request and answer together. */
  context_window?: number;
  max_output_tokens?: number;
  capabilities?: Partial<Record<(typeof abilities)[number], boolean>>;
  /** US dollars a token, as decimal text. */
  pricing?: { input: string; output: string; input_cache_read?: string; input_cache_write?: string };
}

/** The models that the caller may use. */
export function useModels() {
  return useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => getJson<{ data: Model[] }>('/v1/models', signal),
    select: ({ data }) => data,
    staleTime: 60_000,
  });
}
