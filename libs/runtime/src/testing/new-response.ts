import { newId, type Response } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';

/** A response with a new id and time, and the changes of the test. */
export function newResponse(changes: Partial<Response> = {}): Response {
  const createdAt = changes.createdAt ?? Date.now();
  return testResponse({ id: newId('response', createdAt), createdAt, startedAt: null, ...changes });
}
