import { type DeliveryFilters, deliveryStatuses } from './webhooks-api.ts';

/** What the address says of the page of webhooks: its tab, the filters of the deliveries, and the delivery that is open. */
export interface WebhooksSearch extends DeliveryFilters {
  tab?: 'endpoints' | undefined;
  id?: string | undefined;
}

/** What is valid of an address; the rest is left out. */
export function readWebhooksSearch(search: Record<string, unknown>): WebhooksSearch {
  const text = (name: string) => {
    const value = search[name];
    // A text of digits is a number in the address.
    return (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? String(value)
      : undefined;
  };
  const known = {
    tab: search['tab'] === 'endpoints' ? 'endpoints' : undefined,
    status: deliveryStatuses.find((status) => status === search['status']),
    response_id: text('response_id'),
    endpoint_id: text('endpoint_id'),
    url: text('url'),
    id: text('id'),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
