import { useQuery } from '@tanstack/react-query';
import { getJson } from './http.ts';

export interface Tool {
  name: string;
  description: string;
  approval: 'never' | 'unsafe' | 'always';
  server_label: string | null;
}

/** The tools of this system that the caller may use. */
export function useTools() {
  return useQuery({
    queryKey: ['tools'],
    queryFn: ({ signal }) => getJson<{ data: Tool[] }>('/v1/tools', signal),
    select: ({ data }) => data,
    staleTime: 60_000,
  });
}
