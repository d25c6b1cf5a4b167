import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendJson } from '../api/http.ts';

/** A provider of models, as the answering instance sees it. */
export interface Provider {
  name: string;
  /** Whether requests may go to it. */
  enabled: boolean;
  disabled_by: 'file' | 'administrator' | null;
  /** `cooling`: it, or a model of it, rests. `open`: many requests failed, so that it rests. `probing`: after that, one request at a time. */
  health: 'ok' | 'cooling' | 'open' | 'probing';
  open_for_ms: number;
  /** `model` null: all models of the provider. */
  cooldowns: { model: string | null; reason: 'rate_limit' | 'credentials' | 'quota'; ends_in_ms: number }[];
  requests_under_way: number;
  requests_waiting: number;
}

const path = '/llm/v1/admin/providers';
const queryKey = ['providers'];
const pollMs = 5_000;

/** The providers with their health, which is read again every few seconds. */
export function useProviders() {
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => getJson<{ data: Provider[] }>(path, signal),
    select: ({ data }) => data,
    refetchInterval: pollMs,
  });
}

/** Switches a provider on or off, for everyone. */
export function useSwitchProvider(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (enabled: boolean) =>
      sendJson<Provider>(`${path}/${encodeURIComponent(name)}`, { method: 'POST', body: { enabled } }),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey });
      // A provider that is off takes its models with it.
      await client.invalidateQueries({ queryKey: ['models'] });
    },
  });
}
