import type { FunctionCallItem, Item, Response, ResponseEvent } from '@antiphon/contracts';
import { outputEvents, wholeCallEvents } from './call-events.ts';
import { rejection } from './decisions.ts';
import type { RunPorts } from '../ports.ts';

/**
 * Continues calls of an earlier turn that this response's input decides about: each becomes an item of this response, approved and
 * ready to run, or answered with the refusal. Calls that are items already are skipped, so that a run that was taken over adds none twice,
 * and a client that sends the whole conversation does not run them again.
 */
export function carryCalls(
  response: Response,
  history: readonly Item[],
  ports: Pick<RunPorts, 'newId'>,
): ResponseEvent[] {
  const earlier = [...history, ...response.input];
  const events: ResponseEvent[] = [];
  let index = response.output.length;
  for (const answer of response.input) {
    if (answer.type !== 'approval_response') continue;
    const { approvalRequestId, approve, reason } = answer;
    const proposed = earlier.find(
      (item): item is FunctionCallItem => item.type === 'function_call' && item.id === approvalRequestId,
    );
    if (!proposed || [...earlier, ...response.output].some((item) => isCarried(item, approvalRequestId)))
      continue;
    const refused = rejection(reason);
    const call: FunctionCallItem = {
      ...proposed,
      id: ports.newId('functionCall'),
      approvalRequestId,
      depth: 0,
      state: approve ? 'approved' : 'done',
      error: approve ? null : { code: 'forbidden', message: refused },
    };
    events.push(...wholeCallEvents(index++, call));
    if (!approve) events.push(...outputEvents(index++, { callId: call.callId, output: refused }, ports));
  }
  return events;
}

function isCarried(item: Item, approvalRequestId: string): boolean {
  return item.type === 'function_call' && item.approvalRequestId === approvalRequestId;
}
