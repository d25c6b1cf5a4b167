import {
  AppError,
  type CompactionItem,
  type Item,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import type { RunLimits } from '../limits.ts';
import type { RunPorts } from '../ports.ts';
import { modelRequest, type Turn } from '../turn/call-model.ts';
import { ModelAnswer } from '../turn/model-answer.ts';

const summaryInstructions =
  'Sum up the conversation for a reader who has to continue it without having read it: what the user wants, what was said, ' +
  'found out, decided and done, names, numbers and results that may still matter, and what is open. Write nothing else.';

/** The beginning of the response's only item. */
export function begunCompaction({ output }: Response, ports: Pick<RunPorts, 'newId'>): ResponseEvent {
  const id = ports.newId('compaction');
  const item: CompactionItem = { type: 'compaction', id, text: '', sealed: '', status: 'in_progress' };
  return { type: 'item.added', index: output.length, item };
}

/**
 * The turn in which the model writes the summary, without tools. A context that is too long is trimmed to its newest part: a caller compacts
 * because it is long.
 */
export function compactionTurn(
  { response, history }: { response: Response; history: readonly Item[] },
  limits: RunLimits,
  ports: RunPorts,
): Turn {
  const { instructions, input, output, settings } = response;
  const wish: Item = {
    type: 'message',
    id: ports.newId('message'),
    role: 'user',
    content: [{ type: 'text', text: 'Sum up our conversation up to here.' }],
    status: 'completed',
  };
  const asked: Response = {
    ...response,
    instructions: instructions === null ? summaryInstructions : `${instructions}\n\n${summaryInstructions}`,
    input: [...input, wish],
    toolChoice: 'auto',
    settings: { ...settings, textFormat: { type: 'text' } },
    keepsContext: false,
  };
  const answer = new ModelAnswer({
    firstIndex: output.length,
    depth: 0,
    takenCallIds: new Set(),
    startOf: () => ({ executor: 'client', state: 'done', serverLabel: null, serverToolName: null }),
    isChecked: () => false,
    sources: new Map(),
    callsMax: 0,
    before: output,
    newId: (kind) => ports.newId(kind),
    now: () => ports.now(),
    isSummaryAsked: false,
  });
  const request = modelRequest({ response: asked, history }, 0, new Map(), limits);
  return { request, depth: 0, answer, startedAt: ports.now() };
}

/** The ports of a turn whose events the run does not yield: a broken attempt is repeated without taking any back. */
export function unheard(ports: RunPorts): RunPorts {
  return { ...ports, takeBack: () => true };
}

/** The end of the item. Throws `model_error` for a whole answer without text. */
export function compactionDone(
  { output }: Response,
  { text, end }: ModelAnswer,
  ports: Pick<RunPorts, 'sealSummary'>,
): ResponseEvent {
  const index = output.length - 1;
  const begun = output[index];
  if (begun?.type !== 'compaction') throw new Error('the compaction has not begun');
  if (end?.finishReason === 'length' || end?.finishReason === 'content_filter')
    return { type: 'item.done', index, item: { ...begun, status: 'incomplete' } };
  if (!text?.trim()) throw new AppError('model_error', 'The model wrote no summary of the context.');
  const sealed = ports.sealSummary?.(text) ?? '';
  return { type: 'item.done', index, item: { ...begun, text, sealed, status: 'completed' } };
}
