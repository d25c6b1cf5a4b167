import { useQuery } from '@tanstack/react-query';
import { getJson } from './http.ts';

/** The caller, as the API describes it. Times are ISO 8601. */
export interface Me {
  user_id: string;
  kind: 'guest' | 'user' | 'key' | 'service';
  /** The user of calls without a token, which a local stack allows. */
  is_local: boolean;
  account: { username: string } | null;
  api_key: { name: string; last4: string } | null;
  scopes: string[];
  permissions: Record<'decide_for_others' | 'try_tools' | 'administer' | 'manage_api_keys', boolean>;
  limits: Record<LimitName, number>;
}

export type LimitName =
  | 'requests_per_minute'
  | 'runs'
  | 'streams'
  | 'queued_runs'
  | 'stored_bytes'
  | 'stored_rows'
  | 'python_seconds_per_hour'
  | 'scrape_seconds_per_hour';

/** Who the user is and what the user may do. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => getJson<Me>('/v1/me', signal),
    staleTime: 60_000,
  });
}
