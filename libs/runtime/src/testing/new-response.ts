import { type Caller, type MessageItem, newId, type Response } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';

/** A response with a new id and time, and the changes of the test. */
export function newResponse(changes: Partial<Response> = {}): Response {
  const createdAt = changes.createdAt ?? Date.now();
  return testResponse({ id: newId('response', createdAt), createdAt, startedAt: null, ...changes });
}

/** A background response that waits for a worker. */
export function queued(changes: Partial<Response> = {}): Response {
  return newResponse({ status: 'queued', background: true, queuedAt: Date.now(), ...changes });
}

/** A message of the model. */
export function saying(text: string): MessageItem {
  return {
    type: 'message',
    id: 'msg_out',
    role: 'assistant',
    content: [{ type: 'text', text }],
    status: 'completed',
  };
}

/** A user other than `testCaller`. */
export const otherCaller: Caller = { ...testCaller, userId: 'user_b', tenantId: 'user_b' };
