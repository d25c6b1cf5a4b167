import type { Caller, Item, Response } from '@antiphon/contracts';
import { branchOf } from './branch.ts';
import type { ResponseStore } from './store/response.store.ts';

/** What a response goes on from: the turns before it, oldest first. */
export async function loadHistory(store: ResponseStore, caller: Caller, response: Response): Promise<Item[]> {
  const turns = await turnsBefore(store, caller, response);
  return turns.flatMap((turn) => [...turn.input, ...turn.output]);
}

async function turnsBefore(store: ResponseStore, caller: Caller, response: Response): Promise<Response[]> {
  const { conversationId, previousResponseId: previousId, createdAt } = response;
  if (conversationId !== null) {
    const turns = await store.conversation(caller, conversationId, createdAt);
    const branch = branchOf(turns, previousId);
    if (branch) return branch;
  }
  return previousId === null ? [] : store.chain(caller, previousId);
}
