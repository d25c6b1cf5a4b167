import { useQuery } from '@tanstack/react-query';
import { getJson } from '../http.ts';

export const abilities = ['tools', 'vision', 'json_schema', 'reasoning', 'images'] as const;

export interface Model {
  id: string;
  owned_by: string;
  /** Tokens of request and answer together. */
  context_window?: number;
  max_output_tokens?: number;
  /** What is known of the model; what is unknown is left out. */
  capabilities?: Partial<Record<(typeof abilities)[number], boolean>>;
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
