import { expect } from 'vitest';
import { modelRequest } from '../../../providers/__fixtures__/model-request.ts';
import { type MessagesCall, toMessagesCall } from '../request.ts';
import { faultIn, type MessagesRequest } from './strict-rules.ts';

export type Changes = Parameters<typeof modelRequest>[1];

export const account = 'api.anthropic.com';
/** Thinks with a budget. */
export const budget = 'claude-sonnet-4-5-20250929';
/** Decides how much it thinks, and accepts no sampling settings. */
export const adaptive = 'claude-opus-4-8';
/** Thinks always, binds its thoughts, and cannot be forced to call. */
export const newest = 'claude-opus-5-5';

/** The call of a turn, checked against the strict rules. */
export function callOf(changes: Changes, text = 'Hello'): MessagesCall {
  const request = modelRequest(text, { model: adaptive, ...changes });
  const call = toMessagesCall(request, { account, isStreamed: true, outputTokensMax: null });
  const sent = JSON.parse(JSON.stringify(call.body)) as MessagesRequest; // of the shape of a body
  expect(faultIn(sent, (call.headers['anthropic-beta'] ?? '').split(','))).toBeNull();
  return call;
}

export function bodyOf(changes: Changes): MessagesCall['body'] {
  return callOf(changes).body;
}

/** What the mapping of a turn throws. */
export function errorOf(changes: Changes): unknown {
  try {
    const request = modelRequest('Hello', { model: adaptive, ...changes });
    toMessagesCall(request, { account, isStreamed: true, outputTokensMax: null });
  } catch (error) {
    return error;
  }
  return undefined;
}
