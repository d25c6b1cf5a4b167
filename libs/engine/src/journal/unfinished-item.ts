import type { ErrorInfo, Item } from '@antiphon/contracts';

/** An open item, ended with its content so far. An incomplete call does not run; `reason` is its error. */
export function unfinishedItem(item: Item, reason: ErrorInfo): Item {
  return item.type === 'function_call'
    ? { ...item, status: 'incomplete', state: 'done', error: reason }
    : { ...item, status: 'incomplete' };
}

/**
 * The final form of an item of an abandoned turn. A complete item is kept. A call does not run: a client received its call as `completed`
 * and stays so, a server's call ends as `incomplete`.
 */
export function abandonedItem(item: Item, reason: ErrorInfo): Item {
  if (item.status === 'in_progress') return unfinishedItem(item, reason);
  if (item.type !== 'function_call' || item.state === 'done') return item;
  return item.executor === 'server'
    ? unfinishedItem(item, reason)
    : { ...item, state: 'done', error: reason };
}

/** The error of an item that an earlier runner left open. */
export const leftOpen: ErrorInfo = {
  code: 'interrupted',
  message: 'The answer was left unfinished: this call was not run.',
};
