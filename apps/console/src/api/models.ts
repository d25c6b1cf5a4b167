import { useQuery } from '@tanstack/react-query';
import { getJson } from './http.ts';

export interface Model {
  id: string;
  owned_by: string;
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
