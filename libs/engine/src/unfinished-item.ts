import type { ErrorInfo, Item } from '@antiphon/contracts';

/** An open item, ended with what it has. A call that was not whole is not run; `reason` says why. */
export function unfinishedItem(item: Item, reason: ErrorInfo): Item {
  return item.type === 'function_call'
    ? { ...item, status: 'incomplete', state: 'done', error: reason }
    : { ...item, status: 'incomplete' };
}

/** Why an item was left open by whoever ran the response before. */
export const leftOpen: ErrorInfo = {
  code: 'interrupted',
  message: 'The answer was left unfinished: this call was not run.',
};
