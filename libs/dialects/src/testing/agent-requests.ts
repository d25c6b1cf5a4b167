import { AppError } from '@antiphon/contracts';
import { countingIds } from '@antiphon/contracts/testing';
import type { DecodedCreate, DecodedDecisions } from '../dialect.ts';
import { decodeCreate } from '../agent/decode.ts';
import { encodeError } from '../agent/errors.ts';

/** Decodes a create of the agent dialect with these fields beside an input. */
export function decode(body: object, accept?: string): DecodedCreate | DecodedDecisions {
  return decodeCreate({ input: 'Hi', ...body }, { accept }, countingIds());
}

/** The decoded create. Throws where the body has decisions. */
export function created(body: object): DecodedCreate {
  const decoded = decode(body);
  if ('decisions' in decoded) throw new Error('the body was read as decisions');
  return decoded;
}

/** The decoded decisions. Throws where the body is a create. */
export function decided(body: object): DecodedDecisions {
  const decoded = decode(body);
  if (!('decisions' in decoded)) throw new Error('the body was read as a create');
  return decoded;
}

/** The error of a body that is refused. */
export function refusalOf(body: unknown, accept?: string): AppError {
  try {
    decodeCreate(body, { accept });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

export function statusOf(body: unknown): number {
  return encodeError(refusalOf(body)).status;
}

export const text = (words: string) => [{ type: 'text', text: words }];
export const user = (words = 'Go on') => ({ type: 'message', role: 'user', content: text(words) });
const call = (id: string) => ({
  id,
  name: 'get_http_requests',
  args: { url: 'http://a.b' },
  type: 'tool_call',
});
export const assistant = (words: string, ...ids: string[]) => ({
  type: 'message',
  role: 'assistant',
  content: text(words),
  ...(ids.length > 0 && { tool_calls: ids.map(call) }),
});
export const result = (id: string, words = 'ok') => ({
  type: 'message',
  role: 'tool',
  content: text(words),
  tool_call_id: id,
});
