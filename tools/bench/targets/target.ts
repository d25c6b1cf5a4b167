import type { LoadRequest } from '../load/http-client.ts';
import type { ProcessGroup } from '../process/process-group.ts';

/** A model request of the load. */
export interface Ask {
  /** A model of the bench's provider. */
  model: string;
  input: string;
  stream?: boolean;
  /** Only a target that stores responses reads it. */
  store?: boolean;
}

/** A server that answers model requests: the system, or a baseline. */
export interface Target {
  readonly name: string;
  readonly origin: string;
  request(ask: Ask): LoadRequest;
  /** Null for the provider itself, whose processor time is not measured. */
  readonly processes: ProcessGroup | null;
}

/** The request as OpenAI's chat completions, which the provider and plain gateways accept. */
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
