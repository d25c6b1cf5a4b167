import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './http.ts';

const attemptsMax = 3;

/**
 * A request that no server answers is repeated after growing waits; a refusal is shown at once. Whether the machine has a network says nothing about a
 * server on the same machine, so it is not asked.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 2_000,
      retry: (failures, error) => error instanceof ApiError && error.isAway && failures < attemptsMax,
      refetchOnWindowFocus: true,
    },
  },
});
