import {
  asProposed,
  type FunctionCallItem,
  isFinal,
  type Item,
  type Response,
  type ResponseEvent,
  wasDecidedInPlace,
} from '@antiphon/contracts';
import { asCreated } from './replay.ts';

/**
 * Events that could have led to a stored response, for readers of its stream where its own events were not kept. Text comes in one piece.
 * The events of a running response are the first events of the stopped one.
 */
export function rebuildEvents(response: Response): ResponseEvent[] {
  const created = asCreated(response);
  const events: ResponseEvent[] = [{ type: 'response.created', response: created, isRebuilt: true }];
  if (response.background) events.push({ type: 'response.queued', response: created });
  if (response.startedAt !== null) {
    const { startedAt } = response;
    events.push({
      type: 'response.in_progress',
      response: { ...created, status: 'in_progress', startedAt },
    });
  }
  const isPaused = response.status === 'requires_action' && response.onPause !== 'stay';
  if (!isFinal(response.status) && !isPaused) return events;
  const running = new Map<string, { index: number; call: FunctionCallItem }>();
  for (const [index, item] of response.output.entries()) {
    if (item.type === 'function_call_output') {
      events.push(...endOfCall(running.get(item.callId)));
      running.delete(item.callId);
    }
    if (item.type === 'approval_response') {
      const place = response.output.findIndex(({ id }) => id === item.approvalRequestId);
      const call = response.output[place];
      if (call?.type !== 'function_call') continue;
      events.push({ type: 'item.changed', index: place, item: item.approve ? unstarted(call) : call });
      if (call.startedAt !== null) {
        events.push(...startOfCall(place, call));
        running.set(call.callId, { index: place, call });
      }
    }
    const shown = item.type === 'function_call' && wasDecidedInPlace(item) ? asProposed(item) : item;
    events.push({ type: 'item.added', index, item: beginning(shown) }, ...deltasOf(shown, index));
    if (shown !== item) {
      events.push({ type: 'item.done', index, item: shown });
      continue;
    }
    if (item.type !== 'function_call' || item.startedAt === null) {
      events.push({ type: 'item.done', index, item });
      continue;
    }
    events.push({ type: 'item.done', index, item: unstarted(item) }, ...startOfCall(index, item));
    running.set(item.callId, { index, call: item });
  }
  for (const call of running.values()) events.push(...endOfCall(call));
  if (response.modelUsed !== null) {
    const { modelUsed: model, serviceTierUsed: tier, usage } = response;
    events.push({
      type: 'model.finished',
      depth: 0,
      model,
      usage,
      ...(tier && { serviceTier: tier }),
    });
  }
  events.push({ type: `response.${response.status}`, response });
  return events;
}

/** An item as `item.added` has it. */
export function beginning(item: Item): Item {
  switch (item.type) {
    case 'message':
      return { ...item, content: [], status: 'in_progress' };
    case 'reasoning':
      return {
        type: item.type,
        id: item.id,
        text: '',
        status: 'in_progress',
        ...(item.isSummary !== undefined && { isSummary: item.isSummary }),
      };
    case 'function_call':
      return { ...unstarted(item), arguments: '', status: 'in_progress' };
    case 'function_call_output': {
      const { tools: _tools, ...begun } = item;
      return { ...begun, output: '', status: 'in_progress' };
    }
    case 'mcp_list_tools':
      return { ...item, tools: [], error: null, status: 'in_progress' };
    case 'compaction':
      return { ...item, text: '', sealed: '', status: 'in_progress' };
    case 'approval_response':
      return { ...item, status: 'in_progress' };
    case 'additional_tools':
      return item;
  }
}

function deltasOf(item: Item, index: number): ResponseEvent[] {
  const itemId = item.id;
  switch (item.type) {
    case 'message':
      return item.content.flatMap((part): ResponseEvent[] => {
        if (part.type === 'text' && part.text !== '') {
          const { text: delta, logprobs, citations = [] } = part;
          return [
            { type: 'text.delta', index, itemId, delta, ...(logprobs && { logprobs }) },
            ...citations.map((citation) => ({ type: 'citation.added' as const, index, itemId, citation })),
          ];
        }
        if (part.type === 'refusal' && part.refusal !== '')
          return [{ type: 'refusal.delta', index, itemId, delta: part.refusal }];
        return [];
      });
    case 'reasoning':
      return item.text === '' ? [] : [{ type: 'reasoning.delta', index, itemId, delta: item.text }];
    case 'function_call':
      return item.arguments === '' ? [] : [{ type: 'arguments.delta', index, itemId, delta: item.arguments }];
    default:
      return [];
  }
}

function startOfCall(index: number, call: FunctionCallItem): ResponseEvent[] {
  const { id: itemId, callId, name, depth, startedAt } = call;
  const asked = unstarted(call);
  return [
    { type: 'item.changed', index, item: { ...asked, state: 'started', startedAt } },
    { type: 'tool.started', index, itemId, callId, name, depth },
  ];
}

function endOfCall(running: { index: number; call: FunctionCallItem } | undefined): ResponseEvent[] {
  if (!running) return [];
  const { index, call } = running;
  const { id: itemId, callId, name, depth } = call;
  const status = call.error ? 'failed' : 'completed';
  return [
    {
      type: 'tool.finished',
      index,
      itemId,
      callId,
      name,
      depth,
      status,
      durationMs: call.durationMs ?? 0,
    },
    { type: 'item.changed', index, item: call },
  ];
}

/** A call with the arguments that the model wrote. */
function unstarted({ detail: _detail, sources: _sources, ...call }: FunctionCallItem): FunctionCallItem {
  const wasSettled = call.state === 'started' || call.state === 'done';
  const first = call.executor === 'server' ? 'approved' : 'pending_output';
  return {
    ...call,
    state: wasSettled ? first : call.state,
    startedAt: null,
    durationMs: null,
    error: null,
  };
}
