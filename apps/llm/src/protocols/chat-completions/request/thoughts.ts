import type { Item, ReasoningItem } from '@antiphon/contracts';
import type { ProviderQuirks } from '../../quirks/provider-quirks.ts';
import type { AssistantMessage, ChatPart, ThoughtFields } from './chat-message.ts';

/** Stands for unknown reasoning where the provider requires some. Moonshot treats an empty text as missing. */
const placeholder = ' ';

/** Collects the reasoning that belongs to the next assistant message. */
export class PendingThoughts {
  private readonly firstPosition: number;
  private fields: ThoughtFields | null = null;
  /** The text for providers that accept reasoning as content parts. */
  private text = '';

  constructor(
    items: readonly Item[],
    private readonly account: string,
    private readonly quirks: Pick<ProviderQuirks, 'reasoning_sent_back' | 'thoughts'>,
  ) {
    const lastOfUser = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
    this.firstPosition = { none: Infinity, turn: lastOfUser, all: 0 }[quirks.reasoning_sent_back];
  }

  add(thought: ReasoningItem, position: number): void {
    if (position < this.firstPosition) return;
    if (this.quirks.thoughts === 'field') this.fields = joinThoughts(this.fields, this.fieldsOf(thought));
    else if (!thought.origin || thought.origin.provider === this.account) this.text += thought.text;
  }

  giveTo(message: AssistantMessage): void {
    const isMissing = this.quirks.reasoning_sent_back === 'all' && !hasThought(message);
    if (this.text !== '') {
      const thought: ChatPart = { type: 'thinking', thinking: [{ type: 'text', text: this.text }] };
      const said = message.content ?? [];
      message.content =
        typeof said === 'string' ? [thought, { type: 'text', text: said }] : [...said, thought];
    } else if (this.quirks.thoughts === 'field') {
      if (this.fields) Object.assign(message, joinThoughts(thoughtsIn(message), this.fields));
      else if (isMissing) message.reasoning_content = placeholder;
    }
    this.drop();
  }

  drop(): void {
    this.fields = null;
    this.text = '';
  }

  /** Reasoning goes back to the provider that it came from. Reasoning without an origin was sent by the caller and goes to any provider. */
  private fieldsOf({ text, origin }: ReasoningItem): ThoughtFields | null {
    if (!origin)
      return this.quirks.reasoning_sent_back === 'all' && text !== '' ? { reasoning_content: text } : null;
    // An origin without a field comes from another API of the same account.
    if (origin.provider !== this.account || origin.field === undefined) return null;
    if (origin.details) return { reasoning_details: origin.details };
    return text === '' ? null : { [origin.sentAs ?? origin.field]: text };
  }
}

/** Thoughts of one answer, in their order. Details contain all earlier details; texts continue where the last one ended. */
function joinThoughts(before: ThoughtFields | null, next: ThoughtFields | null): ThoughtFields | null {
  if (!before || !next || next.reasoning_details) return next ?? before;
  if (before.reasoning_details) return before;
  const joined = { ...before };
  for (const field of textFields)
    if (next[field] !== undefined) joined[field] = (before[field] ?? '') + next[field];
  return joined;
}

const textFields = ['reasoning_content', 'reasoning', 'reasoning_text'] as const;

/** The thoughts that a message has. */
function thoughtsIn(message: ThoughtFields): ThoughtFields {
  const { reasoning_content, reasoning, reasoning_text, reasoning_details } = message;
  return {
    ...(reasoning_content !== undefined && { reasoning_content }),
    ...(reasoning !== undefined && { reasoning }),
    ...(reasoning_text !== undefined && { reasoning_text }),
    ...(reasoning_details !== undefined && { reasoning_details }),
  };
}

function hasThought(message: ThoughtFields): boolean {
  return Object.keys(thoughtsIn(message)).length > 0;
}
