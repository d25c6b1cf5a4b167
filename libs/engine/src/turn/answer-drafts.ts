import type {
  CallOrigin,
  ContentPart,
  ErrorInfo,
  FunctionCallItem,
  ImagePart,
  ItemStatus,
  MessageItem,
  ReasoningItem,
  ThoughtOrigin,
} from '@antiphon/contracts';
import type { JsonProgress } from './json-progress.ts';

/* The items of a model's answer while they come in, and what they become. */

/** What the request says about thoughts. */
export interface ThoughtRules {
  /** Whether a summary of the thoughts was asked for. */
  isSummaryAsked: boolean;
  /** Left out where sealed thoughts were not asked for. */
  seal?: (thought: Pick<ReasoningItem, 'text' | 'origin'>) => string;
}

export interface ItemDraft {
  index: number;
  id: string;
  /** Its `item.done` was emitted. */
  isDone: boolean;
  /** Something came after its `item.done` that it is stored with. */
  isStale: boolean;
}

export interface ThoughtDraft extends ItemDraft {
  type: 'reasoning';
  text: string;
  origin?: ThoughtOrigin;
}

export interface MessageDraft extends ItemDraft {
  type: 'message';
  /** In the order in which they were said: a text and a refusal are parts of their own. */
  content: (DraftPart<'text'> | DraftPart<'refusal'>)[];
  /** They come last, since only text and refusals have deltas of their own. */
  images: ImagePart[];
}

type DraftPart<Type extends ContentPart['type']> = Extract<ContentPart, { type: Type }>;

/** A call that its caller must approve. It has no place yet. */
export interface HeldCall {
  /** As it was added: empty. */
  item: FunctionCallItem;
  text: string;
  origin?: CallOrigin;
}

export interface CallDraft extends ItemDraft, HeldCall {
  type: 'function_call';
  arguments: JsonProgress;
}

export type Draft = ThoughtDraft | MessageDraft | CallDraft;

/** How an item is finished. */
export interface Finish {
  status: ItemStatus;
  /** Why the answer is not whole: no call is to be run then. */
  cutShort: ErrorInfo | null;
}

/** The item that a draft has become. */
export function finishedItem(
  draft: Draft,
  { status, cutShort }: Finish,
  rules: ThoughtRules,
): FunctionCallItem | MessageItem | ReasoningItem {
  switch (draft.type) {
    case 'message':
      return messageItem(draft, status);
    case 'function_call':
      return callItem(draft, status, cutShort);
    case 'reasoning': {
      const { id, text, origin } = draft;
      const thought = { text, ...(origin && { origin: { ...origin } }) };
      const sealed = rules.seal?.(thought);
      return {
        type: 'reasoning',
        id,
        ...thought,
        status,
        ...summaryMark(rules),
        ...(sealed && { sealed }),
      };
    }
  }
}

export function summaryMark({ isSummaryAsked }: ThoughtRules): Pick<ReasoningItem, 'isSummary'> {
  return isSummaryAsked ? { isSummary: true } : {};
}

/** The part that a message goes on with; another one where it has said something else since. */
export function lastText({ content }: MessageDraft): DraftPart<'text'> {
  const last = content.at(-1);
  if (last?.type === 'text') return last;
  const part: DraftPart<'text'> = { type: 'text', text: '' };
  content.push(part);
  return part;
}

export function lastRefusal({ content }: MessageDraft): DraftPart<'refusal'> {
  const last = content.at(-1);
  if (last?.type === 'refusal') return last;
  const part: DraftPart<'refusal'> = { type: 'refusal', refusal: '' };
  content.push(part);
  return part;
}

/** A message that says nothing has a part all the same, as clients expect. */
function messageItem({ id, content, images }: MessageDraft, status: ItemStatus): MessageItem {
  const parts: ContentPart[] = [...content, ...images];
  if (parts.length === 0) parts.push({ type: 'text', text: '' });
  return { type: 'message', id, role: 'assistant', content: parts, status };
}

export function callItem(
  { item, text, origin }: HeldCall,
  status: ItemStatus,
  cutShort: ErrorInfo | null,
): FunctionCallItem {
  const state = cutShort ? 'done' : item.state;
  return { ...item, arguments: text, status, state, error: cutShort, ...(origin && { origin }) };
}
