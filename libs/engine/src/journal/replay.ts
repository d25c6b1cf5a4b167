import {
  type CitationEvent,
  type DeltaEvent,
  isFinal,
  type Item,
  type LifecycleEvent,
  type MessageItem,
  noUsage,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { applyEvent, snapshot } from './apply-event.ts';

/** The fields of a response that a run changes, besides its items. */
type RunState = Pick<
  Response,
  | 'status'
  | 'modelUsed'
  | 'serviceTierUsed'
  | 'usage'
  | 'turns'
  | 'error'
  | 'incompleteReason'
  | 'isFromCache'
  | 'queuedAt'
  | 'startedAt'
  | 'completedAt'
  | 'cancelledAt'
>;

/** A lifecycle event without the parts that the response and the earlier events contain. */
interface LoggedMove {
  type: LifecycleEvent['type'];
  state: RunState;
  /** The number of items of the response at this event. */
  itemCount: number;
}

/** An event as an event log keeps it. */
export type LogEntry = Exclude<ResponseEvent, LifecycleEvent> | LoggedMove;

export function toLogEntry(event: ResponseEvent): LogEntry {
  if (!('response' in event)) return event;
  const { status, modelUsed, serviceTierUsed, usage, turns } = event.response;
  const { error, incompleteReason, isFromCache } = event.response;
  const { queuedAt, startedAt, completedAt, cancelledAt } = event.response;
  return {
    type: event.type,
    state: {
      status,
      modelUsed,
      serviceTierUsed,
      usage,
      ...(turns && { turns }),
      error,
      incompleteReason,
      isFromCache,
      queuedAt,
      startedAt,
      completedAt,
      cancelledAt,
    },
    itemCount: event.response.output.length,
  };
}

/** Whether nothing follows this entry. */
export function isLastEntry(entry: LogEntry): boolean {
  return 'state' in entry && isFinal(entry.state.status);
}

/** Turns a log back into the events that it was made from. */
export class Replay {
  private readonly draft: Response;

  /** `response` may be in any state: the fields that its run changed are ignored. */
  constructor(response: Response) {
    this.draft = asCreated(response);
  }

  take(entry: LogEntry): ResponseEvent {
    if ('state' in entry) {
      Object.assign(this.draft, entry.state);
      this.draft.output.length = Math.min(this.draft.output.length, entry.itemCount);
      return { type: entry.type, response: snapshot(this.draft) };
    }
    applyEvent(this.draft, entry);
    if ('delta' in entry || entry.type === 'citation.added') this.extend(entry);
    return entry;
  }

  /** The response after these events: open items hold the text so far. */
  get known(): Response {
    return snapshot(this.draft);
  }

  private extend(event: DeltaEvent | CitationEvent): void {
    const item = this.draft.output[event.index];
    if (item) this.draft.output[event.index] = extended(item, event);
  }
}

/** The response before its run. */
export function asCreated({ turns: _, ...response }: Response): Response {
  return {
    ...response,
    status: response.background ? 'queued' : 'in_progress',
    output: [],
    usage: noUsage,
    modelUsed: null,
    serviceTierUsed: null,
    error: null,
    incompleteReason: null,
    isFromCache: false,
    startedAt: response.background ? null : response.startedAt,
    completedAt: null,
    cancelledAt: null,
  };
}

function extended(item: Item, event: DeltaEvent | CitationEvent): Item {
  if (item.type === 'message') return { ...item, content: extendedContent(item.content, event) };
  if (event.type === 'citation.added') return item;
  const { delta } = event;
  switch (item.type) {
    case 'reasoning':
      return { ...item, text: item.text + delta };
    case 'function_call':
      return { ...item, arguments: item.arguments + delta };
    default:
      return item;
  }
}

/** A message continues its last part, or starts another where the kind differs. */
function extendedContent(
  content: MessageItem['content'],
  event: DeltaEvent | CitationEvent,
): MessageItem['content'] {
  const last = content.at(-1);
  if (event.type === 'refusal.delta') {
    if (last?.type !== 'refusal') return [...content, { type: 'refusal', refusal: event.delta }];
    return [...content.slice(0, -1), { ...last, refusal: last.refusal + event.delta }];
  }
  const [before, part] =
    last?.type === 'text'
      ? [content.slice(0, -1), last]
      : [content, { type: 'text' as const, text: '', citations: undefined }];
  if (event.type !== 'citation.added') return [...before, { ...part, text: part.text + event.delta }];
  return [...before, { ...part, citations: [...(part.citations ?? []), event.citation] }];
}
