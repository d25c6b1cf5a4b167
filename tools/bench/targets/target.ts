import type { LoadRequest } from '../load/http-client.ts';
import type { ProcessGroup } from '../process/process-group.ts';

/** What the load asks a model for. */
export interface Ask {
  /** A model of the bench's provider. */
  model: string;
  input: string;
  stream?: boolean;
  /** Only a target that stores responses reads it. */
  store?: boolean;
}

/** Something that answers requests for a model: the system, or what it is compared with. */
export interface Target {
  readonly name: string;
  readonly origin: string;
  request(ask: Ask): LoadRequest;
  /** Null for the provider itself, whose work is that of the load's core. */
  readonly processes: ProcessGroup | null;
}

/** The request as OpenAI's chat completions, which the provider and plain gateways speak. */
export function chatRequest(
  { model, input, stream }: Ask,
  headers: Record<string, string> = {},
): LoadRequest {
  return {
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: input }], ...(stream && { stream }) }),
  };
}

/** The request in the form of the Responses API. */
export function responsesRequest(
  { model, input, stream, store }: Ask,
  headers: Record<string, string> = {},
): LoadRequest {
  return {
    path: '/v1/responses',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, input, ...(stream && { stream }), ...(store !== undefined && { store }) }),
  };
}
