import { AppError, type ResponseEvent, quote, read, refusal } from '@antiphon/contracts';
import { z } from 'zod';
import { promptable } from '../common/promptable.ts';
import type { SocketDialect } from '../dialect.ts';
import { decodeCreate, readPrompt } from './decode.ts';
import { encodeError } from './errors.ts';
import { openMessages } from './stream.ts';

/** The WebSocket transport of the Open Responses specification: a turn is a `response.create` message with the body of a create. */
export const openaiSocket: SocketDialect = {
  path: '/v1/responses',
  decodeTurn: (message) => promptable(message, readPrompt(message), (body) => decodeTurn(message, body)),
  previousOf,
  openTurn,
  encodeFailure,
  encodeLifetimeReached(lifetimeMs) {
    const minutes = Math.round(lifetimeMs / 60_000);
    const message = `The connection has reached its limit of ${minutes} minutes: open another one to continue.`;
    return errorMessage(400, {
      type: 'invalid_request_error',
      code: 'websocket_connection_limit_reached',
      message,
      param: null,
    });
  },
};

export const Turn = z.object({
  type: z.string(),
  stream: z.unknown().optional(),
  stream_options: z.unknown().optional(),
  background: z.unknown().optional(),
  stream_id: z.unknown().optional(),
  generate: z.boolean().nullish(),
});

const ofHttp = 'must not be sent over a WebSocket: its turns are streamed, and run in the foreground';

/** `body` is the message, laid over the prompt that it names. */
function decodeTurn(message: unknown, body: unknown) {
  const turn = read(Turn, message);
  if (turn.type !== 'response.create')
    throw refusal(['type'], `must be "response.create", got ${quote(turn.type)}`);
  // Some stock clients send `stream: true`, the only mode of a socket.
  if ((turn.stream ?? true) !== true) throw refusal(['stream'], ofHttp);
  for (const field of ['stream_options', 'background'] as const)
    if ((turn[field] ?? null) !== null) throw refusal([field], ofHttp);
  if ((turn.stream_id ?? null) !== null)
    throw refusal(
      ['stream_id'],
      'is not supported by this server: a connection runs one response at a time, open another one',
    );
  if (turn.generate === false)
    throw refusal(['generate'], 'is not supported by this server, unless it is true');
  return decodeCreate(body).request;
}

const Continuation = z.object({ previous_response_id: z.string() });

function previousOf(message: unknown): string | null {
  return Continuation.safeParse(message).data?.previous_response_id ?? null;
}

function openTurn(): (event: ResponseEvent) => string[] {
  const encode = openMessages();
  return (event) => {
    const messages = encode(event);
    // There is no event for a cancelled response, and a socket stays open after its turn: without a message the client would wait.
    if (event.type === 'response.cancelled')
      messages.push(encodeFailure(new AppError('cancelled', 'The response was cancelled.')));
    return messages;
  };
}

function encodeFailure(error: AppError): string {
  const { status, body } = encodeError(error);
  return errorMessage(status, (body as { error: Failure }).error); // what encodeError makes
}

interface Failure {
  type: string;
  code: string;
  message: string;
  param: string | null;
}

function errorMessage(status: number, error: Failure): string {
  return JSON.stringify({ type: 'error', status, error });
}
