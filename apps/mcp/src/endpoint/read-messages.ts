import { AppError } from '@antiphon/contracts';
import {
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
} from '@modelcontextprotocol/sdk/types.js';

/** The one version of the protocol whose messages may come as a batch. */
const batchVersion = '2025-03-26';

export interface MessageLimits {
  /** The version that the request's header names. */
  protocolVersion: string | undefined;
  batchMax: number;
}

/** What a request's body holds: one message, or a batch. */
export type Messages = JSONRPCMessage | JSONRPCMessage[];

/** Reads a body as JSON-RPC messages. Throws `invalid_request`, with a SyntaxError as cause for an empty body. */
export function readMessages(body: unknown, { protocolVersion, batchMax }: MessageLimits): Messages {
  if (body === undefined)
    throw new AppError('invalid_request', 'The body is empty.', { cause: new SyntaxError('no JSON') });
  if (!Array.isArray(body)) return readMessage(body);
  if ((protocolVersion ?? DEFAULT_NEGOTIATED_PROTOCOL_VERSION) !== batchVersion)
    throw new AppError('invalid_request', `Only version ${batchVersion} of the protocol has batches.`);
  if (body.length === 0 || body.length > batchMax)
    throw new AppError('invalid_request', `A batch holds 1 to ${batchMax} messages.`);
  const messages = body.map(readMessage);
  refuseSameIds(messages);
  return messages;
}

/** Returns whether a message opens a session. */
export function opensSession(messages: Messages): boolean {
  return isInitializeRequest(messages);
}

export function callsTool(messages: Messages): boolean {
  return [messages].flat().some((message) => isJSONRPCRequest(message) && message.method === 'tools/call');
}

function readMessage(value: unknown): JSONRPCMessage {
  const { data } = JSONRPCMessageSchema.safeParse(value);
  if (!data)
    throw new AppError('invalid_request', 'This is not a JSON-RPC 2.0 request, notification or response.');
  return withoutTask(data);
}

/** By the protocol, a server without tasks ignores a request for one. */
function withoutTask(message: JSONRPCMessage): JSONRPCMessage {
  if (!isJSONRPCRequest(message) || message.params?.task === undefined) return message;
  const { task: _task, ...params } = message.params;
  return { ...message, params };
}

/** Only their ids match answers with requests. */
function refuseSameIds(messages: readonly JSONRPCMessage[]): void {
  const ids = messages.filter(isJSONRPCRequest).map(({ id }) => id);
  if (new Set(ids).size < ids.length)
    throw new AppError('invalid_request', 'Two requests of the batch have the same id.');
}
