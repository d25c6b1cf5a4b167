import { type Caller, isRejected, type Item, type Response } from '@antiphon/contracts';
import type { ResponseStore } from './store/response.store.ts';

/** What a response goes on from: the turns before it, oldest first, without answers that were not taken. */
export async function loadHistory(store: ResponseStore, caller: Caller, response: Response): Promise<Item[]> {
  const turns = await turnsBefore(store, caller, response);
  return turns.flatMap((turn) => [...turn.input, ...turn.output.filter((item) => !isRejected(item))]);
}

function turnsBefore(
  store: ResponseStore,
  caller: Caller,
  response: Response,
): Promise<Response[]> | Response[] {
  if (response.previousResponseId !== null) return store.chain(caller, response.previousResponseId);
  if (response.conversationId !== null)
    return store.conversation(caller, response.conversationId, response.createdAt);
  return [];
}
