import { newId, type Response } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';

/** A response with an id and time of its own, as the store wants it, with what a test says otherwise. */
export function newResponse(changes: Partial<Response> = {}): Response {
  const createdAt = changes.createdAt ?? Date.now();
  return testResponse({ id: newId('response', createdAt), createdAt, startedAt: null, ...changes });
}
