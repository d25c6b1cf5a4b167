import { type Caller, isRejected, type Item, type Response } from '@antiphon/contracts';
import { branchOf } from './branch.ts';
import type { ResponseStore } from './store/response.store.ts';

/** What a response goes on from: the turns before it, oldest first, without answers that were not taken. */
export async function loadHistory(store: ResponseStore, caller: Caller, response: Response): Promise<Item[]> {
  const { conversationId, previousResponseId } = response;
  const branch = conversationId === null ? null : await loadBranch(store, caller, response, conversationId);
  if (branch) return itemsOf(branch);
  if (previousResponseId !== null) return itemsOf(await store.chain(caller, previousResponseId));
  return conversationId === null ? [] : store.conversationBefore(response);
}

/** The turns of a conversation that lead to a response. Null where it never branched: its items are one line, then. */
async function loadBranch(
  store: ResponseStore,
  caller: Caller,
  { previousResponseId, createdAt }: Response,
  conversationId: string,
): Promise<Response[] | null> {
  if (previousResponseId === null && !(await store.hasBranches(caller, conversationId))) return null;
  return branchOf(await store.turnsBefore(caller, conversationId, createdAt), previousResponseId);
}

function itemsOf(turns: readonly Response[]): Item[] {
  return turns.flatMap((turn) => [...turn.input, ...turn.output.filter((item) => !isRejected(item))]);
}
