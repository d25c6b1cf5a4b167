import type { ContentPart, FunctionCallOutputItem } from '@antiphon/contracts';
import type { ProviderQuirks } from '../../quirks/provider-quirks.ts';
import type { ChatMessage, ChatPart } from './chat-message.ts';
import { providersCallId } from '../../requests/call-id.ts';
import { toChatPart } from './content-parts.ts';

/** The output of one call. */
export interface ToolOutput {
  callId: string;
  /** Null for an output without its call. */
  toolName: string | null;
  output: FunctionCallOutputItem['output'];
}

type OutputQuirks = Pick<ProviderQuirks, 'tool_images' | 'tool_call_ids' | 'file_part'>;

/**
 * Converts the outputs of a turn to tool messages. Most servers accept only text in tool messages, so images and files follow in one user
 * message after all of them, and the tool message refers to it.
 */
export function toolMessages(outputs: readonly ToolOutput[], quirks: OutputQuirks): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const attached: ChatPart[] = [];
  for (const { callId, toolName, output } of outputs) {
    const parts: readonly ContentPart[] =
      typeof output === 'string' ? [{ type: 'text', text: output }] : output;
    const within = parts.filter(
      (part) => isText(part) || (quirks.tool_images === 'tool' && part.type === 'image'),
    );
    const beside = parts.filter((part) => !within.includes(part));
    messages.push({
      role: 'tool',
      tool_call_id: providersCallId(callId, quirks),
      content: contentOf(within, beside, quirks),
    });
    if (beside.length === 0) continue;
    attached.push({ type: 'text', text: `From the output of ${toolName ?? 'a tool'}:` });
    attached.push(...beside.map((part) => toChatPart(part, quirks)));
  }
  if (attached.length > 0) messages.push({ role: 'user', content: attached });
  return messages;
}

function isText(part: ContentPart): boolean {
  return part.type === 'text' || part.type === 'refusal';
}

function contentOf(
  within: readonly ContentPart[],
  beside: readonly ContentPart[],
  quirks: OutputQuirks,
): string | ChatPart[] {
  const kinds = beside.map(({ type }) => type).join(', ');
  const note: ContentPart[] =
    beside.length > 0
      ? [{ type: 'text', text: `(The output goes on after the outputs of this turn: ${kinds}.)` }]
      : [];
  const parts = [...within, ...note];
  if (parts.some((part) => !isText(part))) return parts.map((part) => toChatPart(part, quirks));
  return parts
    .map((part) => (part.type === 'refusal' ? part.refusal : part.type === 'text' ? part.text : ''))
    .join('\n');
}
