import type {
  CallOrigin,
  ContentPart,
  ErrorInfo,
  FunctionCallItem,
  ImagePart,
  ItemStatus,
  MessageItem,
  ModelDelta,
  ReasoningItem,
  Source,
  ThoughtContent,
  ThoughtOrigin,
} from '@antiphon/contracts';
import { type HostedDraft, type HostedPlace, unfinishedHostedCall } from './hosted-calls.ts';
import type { JsonProgress } from './json-progress.ts';
import type { CallStart } from '../tools/list-tools.ts';
import { refusedIfUseless } from '../tools/prepare-calls.ts';
import { textTokens } from './trim-context.ts';

/* The items of a model's answer while they arrive, and their final forms. */

/** The request's options for reasoning. */
export interface ThoughtRules {
  /** Whether the request asks for a summary of the reasoning. */
  isSummaryAsked: boolean;
  /** Left out where the request does not ask for sealed reasoning. */
  seal?: (thought: ThoughtContent) => string;
}

export interface AnswerPlace extends ThoughtRules, HostedPlace {
  /** Where the answer's first item goes in the response's output. */
  firstIndex: number;
  /** The call ids of the response so far. A model may repeat one, and an output must find its own call. */
  takenCallIds: ReadonlySet<string>;
  startOf(name: string): CallStart;
  /** Whether the arguments of a tool's calls are checked before the caller sees them. */
  isChecked(name: string): boolean;
  /** What the model may cite, by its marks. */
  sources: ReadonlyMap<string, Source>;
  /** Further calls are ignored: not every provider keeps to one call a turn when asked to. */
  callsMax: number;
}

export interface ItemDraft {
  index: number;
  id: string;
  /** Its `item.done` was emitted. */
  isDone: boolean;
  /** It changed after its `item.done`; the change is stored with the turn. */
  isStale: boolean;
}

export interface ThoughtDraft extends ItemDraft {
  type: 'reasoning';
  text: string;
  origin?: ThoughtOrigin;
  /** The origins of calls, to be sealed with the thought. */
  calls: NonNullable<ThoughtContent['calls']>;
}

export interface MessageDraft extends ItemDraft {
  type: 'message';
  /** In the order of arrival: a text and a refusal are separate parts. */
  content: (DraftPart<'text'> | DraftPart<'refusal'>)[];
  /** Images come last, since only text and refusals have deltas. */
  images: ImagePart[];
}

type DraftPart<Type extends ContentPart['type']> = Extract<ContentPart, { type: Type }>;

/** A call that its caller must approve. It has no place yet. */
export interface HeldCall {
  /** The item as it was added: empty. */
  item: FunctionCallItem;
  text: string;
  origin?: CallOrigin;
}

export type CallDelta = Extract<ModelDelta, { type: 'call' }>;

export interface CallDraft extends ItemDraft, HeldCall {
  type: 'function_call';
  arguments: JsonProgress;
}

export type Draft = ThoughtDraft | MessageDraft | CallDraft | HostedDraft;

/** The faults of a whole answer. */
export interface Rejections {
  /** The fault of an answer without calls; null: none. */
  complaint: string | null;
  /** The faults of calls, by call id. */
  calls: ReadonlyMap<string, string>;
}

export const noRejections: Rejections = { complaint: null, calls: new Map() };

/** The end of an item. */
export interface Finish {
  status: ItemStatus;
  /** The error that cut the answer short; its calls do not run. */
  cutShort: ErrorInfo | null;
}

/** The finished item of a draft. */
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
    case 'hosted_call':
      return unfinishedHostedCall(draft, cutShort);
    case 'reasoning': {
      const { id, text, origin, calls } = draft;
      const thought = { text, ...(origin && { origin: { ...origin } }) };
      const sealed = rules.seal?.({ ...thought, ...(calls.length > 0 && { calls }) });
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

/** The data of a call that comes in the same burst as its beginning. */
export function originIn(deltas: readonly ModelDelta[], call: number): CallOrigin | undefined {
  for (const delta of deltas) if (delta.type === 'call_origin' && delta.call === call) return delta.origin;
  return undefined;
}

/** A whole call that was held back; with a fault it is the server's, which answers it with the fault. */
export function checkedCall(call: FunctionCallItem, fault: string | undefined): FunctionCallItem {
  if (fault === undefined) return refusedIfUseless(call);
  return { ...call, executor: 'server', state: 'approved', rejection: fault };
}

/** The estimated tokens of an answer so far. */
export function estimatedTokensOf(
  drafts: readonly Draft[],
  calls: readonly HeldCall[],
): { outputTokens: number; reasoningTokens: number } {
  const thoughts = drafts.map((draft) => (draft.type === 'reasoning' ? draft.text : ''));
  const reasoningTokens = textTokens(thoughts.join(''));
  const said = drafts.flatMap((draft) => {
    if (draft.type === 'hosted_call') return [draft.item.arguments];
    if (draft.type !== 'message') return [];
    return draft.content.map((part) => (part.type === 'text' ? part.text : part.refusal));
  });
  const asked = calls.map(({ item, text }) => item.name + text);
  return { outputTokens: reasoningTokens + textTokens([...said, ...asked].join('')), reasoningTokens };
}

export function summaryMark({ isSummaryAsked }: ThoughtRules): Pick<ReasoningItem, 'isSummary'> {
  return isSummaryAsked ? { isSummary: true } : {};
}

/** The text part that a message continues; a new one after a part of another kind. */
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

/** An empty message has an empty part, as clients expect. */
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

/** Whether a draft ends with the next item. A call that its provider runs ends with its result. */
export function isWhole(draft: Draft): boolean {
  if (draft.type === 'hosted_call') return false;
  return draft.type !== 'function_call' || draft.arguments.isWhole;
}

/** The details repeat those of earlier thoughts of the answer, so a new thought starts without them. */
export function withoutDetails({ details: _details, ...origin }: ThoughtOrigin): ThoughtOrigin {
  return origin;
}
