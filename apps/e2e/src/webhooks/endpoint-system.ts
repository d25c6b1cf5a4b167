import OpenAI from 'openai';
import { sharedSystem } from '../system/system.ts';
import type { Delivery } from '../servers/webhook-receiver.ts';

export const model = 'gpt-scripted';
export const eventTypes = [
  'response.completed',
  'response.failed',
  'response.cancelled',
  'response.incomplete',
] as const;

/** A delivery as it is listed: our own addition to the stock client's API. */
interface ListedDelivery {
  id: string;
  event_id: string;
  event_type: string;
  response_id: string;
  status: 'pending' | 'delivered' | 'failed';
  attempts: number;
  last_status_code: number | null;
  last_error: string | null;
}
export interface Page {
  data: ListedDelivery[];
  has_more: boolean;
  last_id: string | null;
}
/** What the stock client's object lacks. */
interface State {
  enabled: boolean;
  disabled_reason: string | null;
  description: string | null;
}
export const webhookIds = (deliveries: Delivery[]) =>
  new Set(deliveries.map(({ headers }) => headers['webhook-id']));

/** The shared system with a stock client, and requests to /v1/webhooks. */
export async function endpointSystem() {
  const system = await sharedSystem();
  const { provider, receiver } = system;

  /** The stock client as a new guest. */
  async function newClient(): Promise<OpenAI> {
    return new OpenAI({ baseURL: `${system.url}/v1`, apiKey: await system.token(), maxRetries: 0 });
  }
  const client = await newClient();

  const register = (name: string, url: string, owner = client) =>
    owner.webhooks.create({ name, url, event_types: [...eventTypes] });
  const stateOf = (id: string) => client.get<State>(`/webhooks/${id}`);
  const change = (id: string, body: object) => client.post<State>(`/webhooks/${id}`, { body });
  const deliveriesOf = (id: string, query = '') => client.get<Page>(`/webhooks/${id}/deliveries${query}`);
  const redeliver = (id: string, delivery: string) =>
    client.post<ListedDelivery>(`/webhooks/${id}/deliveries/${delivery}/redeliver`);
  const submit = (owner = client) => owner.responses.create({ model, input: 'Analyse', background: true });

  /** Each scenario deletes its endpoints, so that they receive no events of the next one. */
  async function withEndpoint(
    name: string,
    url: string,
    run: (endpoint: OpenAI.Webhooks.WebhookEndpointWithSecret) => Promise<void>,
  ): Promise<void> {
    const endpoint = await register(name, url);
    try {
      await run(endpoint);
    } finally {
      await client.webhooks.delete(endpoint.id);
    }
  }

  const unwrap = ({ body, headers }: Delivery, secret: string) =>
    client.webhooks.unwrap(body, headers, secret);
  return {
    system,
    provider,
    receiver,
    newClient,
    client,
    register,
    stateOf,
    change,
    deliveriesOf,
    redeliver,
    submit,
    withEndpoint,
    unwrap,
  };
}
