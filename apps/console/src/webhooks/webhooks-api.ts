import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendJson } from '../api/http.ts';

/** A registered receiver. Times are seconds since the epoch. */
export interface Endpoint {
  id: string;
  name: string;
  description: string | null;
  url: string;
  event_types: string[];
  enabled: boolean;
  disabled_reason: 'by_caller' | 'gone' | 'failing' | null;
  failing_since: number | null;
  signing_secret_hint: string;
  created_at: number;
}

/** Only the answers to a create and to a rotation have the secret. */
export interface EndpointWithSecret extends Endpoint {
  signing_secret: string;
}

export const webhookEvents = [
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
] as const;

export interface NewEndpoint {
  name: string;
  url: string;
  event_types: string[];
}

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface Delivery {
  id: string;
  event_id: string | null;
  event_type: string | null;
  response_id: string;
  /** Null where the URL came with the request of the run. */
  endpoint_id: string | null;
  url: string;
  status: DeliveryStatus;
  /** Those since it was created, or since it was sent again. */
  attempts: number;
  last_status_code: number | null;
  last_error: string | null;
  created_at: number;
  next_attempt_at: number | null;
}

export interface DeliveryAttempt {
  number: number;
  url: string;
  /** ISO 8601. */
  sent_at: string;
  duration_ms: number;
  status_code: number | null;
  error: string | null;
  headers: Record<string, string>;
}

export interface DeliveryDetail extends Delivery {
  request: { method: string; headers: Record<string, string>; body: string };
  attempt_history: DeliveryAttempt[];
}

/** The filters of the list of deliveries, as the API names them. */
export interface DeliveryFilters {
  status?: DeliveryStatus | undefined;
  response_id?: string | undefined;
  endpoint_id?: string | undefined;
  url?: string | undefined;
}

/** A time of this API as ISO 8601. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

interface Page<Entry> {
  data: Entry[];
  last_id: string | null;
  has_more: boolean;
}

const pageSize = 50;
/** How often deliveries are read again while one of them waits for its attempt. */
const pendingPollMs = 2_000;
const endpointsKey = ['webhooks', 'endpoints'];

/** All endpoints: an account has few. */
export function useEndpoints() {
  return useQuery({
    queryKey: endpointsKey,
    queryFn: ({ signal }) => getJson<Page<Endpoint>>('/v1/webhooks?limit=100', signal),
    select: ({ data }) => data,
  });
}

export function useCreateEndpoint() {
  return useChange((endpoint: NewEndpoint) =>
    sendJson<EndpointWithSecret>('/v1/webhooks', { method: 'POST', body: endpoint }),
  );
}

export function useSwitchEndpoint({ id, enabled }: Endpoint) {
  return useChange(() =>
    sendJson<Endpoint>(`/v1/webhooks/${id}`, { method: 'POST', body: { enabled: !enabled } }),
  );
}

export function useRotateSecret({ id }: Endpoint) {
  return useChange(() =>
    sendJson<EndpointWithSecret>(`/v1/webhooks/${id}/rotate_secret`, { method: 'POST' }),
  );
}

export function useDeleteEndpoint({ id }: Endpoint) {
  return useChange(() => sendJson<unknown>(`/v1/webhooks/${id}`, { method: 'DELETE' }));
}

/** The deliveries that fit the filters, newest first, a page at a time. */
export function useDeliveries(filters: DeliveryFilters) {
  return useInfiniteQuery({
    queryKey: ['webhooks', 'deliveries', filters],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize) });
      for (const [name, value] of Object.entries({ ...filters, after: pageParam }))
        if (value) search.set(name, value);
      return getJson<Page<Delivery>>(`/v1/webhooks/deliveries?${search}`, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore && last ? last : undefined),
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.data.some(({ status }) => status === 'pending') ? pendingPollMs : false,
  });
}

/** A delivery with its attempts, read again while it waits for one. */
export function useDelivery(id: string) {
  return useQuery({
    queryKey: ['webhooks', 'delivery', id],
    queryFn: ({ signal }) =>
      getJson<DeliveryDetail>(`/v1/webhooks/deliveries/${encodeURIComponent(id)}`, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? pendingPollMs : false),
  });
}

export function useRedeliver(id: string) {
  return useChange(() =>
    sendJson<Delivery>(`/v1/webhooks/deliveries/${encodeURIComponent(id)}/redeliver`, { method: 'POST' }),
  );
}

/** A change after which the lists are read again. */
function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
}
