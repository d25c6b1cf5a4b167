import type { StreamedEvent } from '../api/event-stream.ts';
import type { WireAnnotation, WireItem, WirePart, WireResponse } from '../api/items.ts';

/** What a page knows of a run. */
export interface RunView {
  /** Null until the server has created it. */
  id: string | null;
  status: string;
  /** The conversation that it is a turn of. */
  conversationId: string | null;
  items: readonly WireItem[];
  error: string | null;
  usage: WireResponse['usage'];
  /** The number of the last event that was read; -1: none. */
  lastSequence: number;
  isReconnecting: boolean;
  isOver: boolean;
}

export function startedRun(): RunView {
  return {
    id: null,
    status: 'queued',
    conversationId: null,
    items: [],
    error: null,
    usage: null,
    lastSequence: -1,
    isReconnecting: false,
    isOver: false,
  };
}

/** The requests for approval that wait for a decision: no item of the run has answered them. */
export function pendingRequests(view: Pick<RunView, 'items' | 'status'>): WireItem[] {
  return isStopped(view) ? [] : unanswered(view);
}

/** The requests for approval that are not decided and never will be, by their ids. */
export function lostRequests(view: Pick<RunView, 'items' | 'status'>): ReadonlySet<string> {
  return new Set(isStopped(view) ? unanswered(view).map(({ id }) => id) : []);
}

function unanswered({ items }: Pick<RunView, 'items'>): WireItem[] {
  const answered = new Set(items.map(({ approval_request_id: id }) => id));
  return items.filter(({ id, type }) => type === 'mcp_approval_request' && !answered.has(id));
}

/** Whether the run has ended in a way that no other run can follow. */
export function isStopped({ status }: Pick<RunView, 'status'>): boolean {
  return status === 'cancelled' || status === 'failed';
}

/** Whether the run goes on, or waits for a decision, on the server. */
export function isBusy({ id, isOver }: RunView): boolean {
  return id !== null && !isOver;
}

/** The view of a run whose stream has ended, as the server has stored it. */
export function withStored(view: RunView, response: WireResponse): RunView {
  return withResponse(view, response, true);
}

const ends = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** The view after an event. Only the item that the event concerns is a new object, so that the others are not drawn again. */
export function applyStreamEvent(view: RunView, event: StreamedEvent): RunView {
  const next: RunView = {
    ...view,
    isReconnecting: false,
    lastSequence: event.sequence_number ?? view.lastSequence,
  };
  const { type } = event;
  if (type === 'error') return { ...next, error: textIn(event, 'message') };
  if ('response' in event) return withResponse(next, event['response'] as WireResponse, ends.has(type));
  const index = event['output_index'];
  if (typeof index !== 'number') return next;
  if (type === 'response.output_item.added' || type === 'response.output_item.done')
    return withItem(next, index, event['item'] as WireItem);
  const item = view.items[index];
  const changed = item && extended(item, event);
  return changed ? withItem(next, index, changed) : next;
}

function withResponse(view: RunView, response: WireResponse, isOver: boolean): RunView {
  return {
    ...view,
    id: response.id,
    status: response.status,
    conversationId: response.conversation?.id ?? null,
    usage: response.usage,
    error: response.error?.message ?? view.error,
    items: isOver ? response.output : view.items,
    isReconnecting: false,
    isOver,
  };
}

function withItem(view: RunView, index: number, item: WireItem): RunView {
  const items = view.items.slice();
  items[index] = item;
  return { ...view, items };
}

/** The item after a delta; undefined where the event has none for it. */
function extended(item: WireItem, event: StreamedEvent): WireItem | undefined {
  const delta = textIn(event, 'delta');
  switch (event.type) {
    case 'response.content_part.added':
      return withPart(item, event, () => event['part'] as WirePart);
    case 'response.output_text.delta':
      return withPart(item, event, (part) => ({
        ...part,
        type: 'output_text',
        text: (part.text ?? '') + delta,
      }));
    case 'response.refusal.delta':
      return withPart(item, event, (part) => ({
        ...part,
        type: 'refusal',
        refusal: (part.refusal ?? '') + delta,
      }));
    case 'response.reasoning_text.delta':
      return withPart(item, event, (part) => ({
        ...part,
        type: 'reasoning_text',
        text: (part.text ?? '') + delta,
      }));
    case 'response.output_text.annotation.added':
      return withPart(item, event, (part) => ({
        ...part,
        annotations: [...(part.annotations ?? []), event['annotation'] as WireAnnotation],
      }));
    case 'response.reasoning_summary_text.delta': {
      const index = Number(event['summary_index'] ?? 0);
      const summary = (item.summary ?? []).slice();
      summary[index] = { type: 'summary_text', text: (summary[index]?.text ?? '') + delta };
      return { ...item, summary };
    }
    case 'response.function_call_arguments.delta':
    case 'response.mcp_call_arguments.delta':
      return { ...item, arguments: (item.arguments ?? '') + delta };
    case 'response.custom_tool_call_input.delta':
      return { ...item, input: (item.input ?? '') + delta };
    case 'response.code_interpreter_call_code.delta':
      return { ...item, code: (item.code ?? '') + delta };
    default:
      return undefined;
  }
}

function withPart(item: WireItem, event: StreamedEvent, change: (part: WirePart) => WirePart): WireItem {
  const index = Number(event['content_index'] ?? 0);
  const content = Array.isArray(item.content) ? item.content.slice() : [];
  content[index] = change(content[index] ?? { type: '' });
  return { ...item, content };
}

/** A field of an event that is text; empty where it is not there. */
function textIn(event: StreamedEvent, field: string): string {
  const value = event[field];
  return typeof value === 'string' ? value : '';
}
