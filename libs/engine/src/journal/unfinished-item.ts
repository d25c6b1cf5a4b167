import type { ErrorInfo, Item } from '@antiphon/contracts';

/** An open item, ended with what it has. A call that was not whole is not run; `reason` says why. */
export function unfinishedItem(item: Item, reason: ErrorInfo): Item {
  return item.type === 'function_call'
    ? { ...item, status: 'incomplete', state: 'done', error: reason }
    : { ...item, status: 'incomplete' };
}

/**
 * An item of a turn that no process finishes, as it stays. One that was whole is kept, and a call among them is not run: a call of the
 * caller was handed out as `completed` and stays so, a call of ours ends as `incomplete`.
 */
export function abandonedItem(item: Item, reason: ErrorInfo): Item {
  if (item.status === 'in_progress') return unfinishedItem(item, reason);
  if (item.type !== 'function_call' || item.state === 'done') return item;
  return item.executor === 'server'
    ? unfinishedItem(item, reason)
    : { ...item, state: 'done', error: reason };
}

/** Why an item was left open by whoever ran the response before. */
export const leftOpen: ErrorInfo = {
  code: 'interrupted',
  message: 'The answer was left unfinished: this call was not run.',
};
