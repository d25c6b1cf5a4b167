import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendJson } from '../api/http.ts';

/** An API key without its secret. Times are ISO 8601. */
export interface ApiKey {
  id: string;
  name: string;
  last4: string;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

export interface NewApiKey {
  name: string;
  scopes: string[];
  expires_at: string | null;
}

const path = '/auth/api-keys';
const queryKey = ['api-keys'];

/** The user's keys, oldest first. They are not requested for a user who may not list them. */
export function useApiKeys({ isAllowed = true } = {}) {
  return useQuery({
    queryKey,
    enabled: isAllowed,
    queryFn: ({ signal }) => getJson<{ data: ApiKey[] }>(path, signal),
    select: ({ data }) => data,
  });
}

/** Makes a key; only its answer has the secret. */
export function useCreateApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => sendJson<ApiKey & { key: string }>(path, { method: 'POST', body }),
    onSuccess: () => client.invalidateQueries({ queryKey }),
    // The secret must not stay in the cache of mutations.
    gcTime: 0,
  });
}

export function useRevokeApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => sendJson(`${path}/${id}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}
