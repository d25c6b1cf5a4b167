import type { Response } from '@antiphon/contracts';

/** The fields of a response that place it in its conversation. */
export type Turn = Pick<Response, 'id' | 'previousResponseId'>;

/**
 * The turns of a conversation (oldest first) that lead up to the named turn, or to the latest. A turn follows the turn that it names, or
 * else the turn created before it, so that turns of other branches are left out. Null: the named turn is not in the conversation.
 */
export function branchOf<Member extends Turn>(
  turns: readonly Member[],
  lastId: string | null,
): Member[] | null {
  let index = lastId === null ? turns.length - 1 : turns.findIndex(({ id }) => id === lastId);
  if (lastId !== null && index === -1) return null;
  const branch: Member[] = [];
  for (let turn = turns[index]; turn; turn = turns[index]) {
    branch.push(turn);
    const { previousResponseId } = turn;
    const before = turns.slice(0, index);
    index = previousResponseId === null ? index - 1 : before.findIndex(({ id }) => id === previousResponseId);
  }
  return branch.reverse();
}
