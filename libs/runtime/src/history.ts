import type { Caller, Item, Response } from '@antiphon/contracts';
import type { ResponseStore } from './store/response.store.ts';

/** What a response goes on from: the turns before it, oldest first. */
export async function loadHistory(store: ResponseStore, caller: Caller, response: Response): Promise<Item[]> {
  if (response.previousResponseId !== null) {
    const turns = await store.chain(caller, response.previousResponseId);
    return turns.flatMap((turn) => [...turn.input, ...turn.output]);
  }
  return response.conversationId === null ? [] : store.conversationBefore(response);
}
