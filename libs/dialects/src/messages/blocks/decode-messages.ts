import {
  type ContentPart,
  functionCall,
  type FunctionCallItem,
  type IdKind,
  type InputItem,
  JsonObject,
  qualifiedToolName,
  ownLabel,
  read,
  refusal,
  type RequestPath,
  ServerLabel,
} from '@antiphon/contracts';
import { z } from 'zod';
import { type Block, decodeBlock, decodeContent } from './decode-blocks.ts';
import { decodeSearchResult, decodeSearchUse } from './search-blocks.ts';
import type { Message } from '../schema.ts';

const CallId = z.string().min(1).max(128);
const ToolUse = z.object({ id: CallId, name: z.string().min(1).max(128), input: JsonObject });
const McpToolUse = z.object({
  id: CallId,
  name: z.string().min(1).max(256),
  server_name: ServerLabel,
  input: JsonObject,
});
const ToolResult = z.object({
  tool_use_id: CallId,
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
  is_error: z.boolean().nullish(),
});
const Thinking = z.object({ thinking: z.string(), signature: z.string().nullish() });
const RedactedThinking = z.object({ data: z.string().min(1) });

/**
 * The messages of a request as items. Blocks of text, images and documents that stand together are one message. Throws `invalid_request`, also
 * for a call without result and a result without call: models answer half of a turn with nonsense.
 */
export function decodeMessages(messages: readonly Message[], makeId: (kind: IdKind) => string): InputItem[] {
  const reader = new MessageReader(makeId);
  for (const [index, message] of messages.entries()) reader.read(message, ['messages', index]);
  return reader.end();
}

class MessageReader {
  private readonly items: InputItem[] = [];
  /** Calls without a result so far, by their ids. */
  private readonly open = new Map<string, { call: FunctionCallItem; path: RequestPath }>();

  constructor(private readonly makeId: (kind: IdKind) => string) {}

  read({ role, content }: Message, path: RequestPath): void {
    const contentPath = [...path, 'content'];
    let parts: ContentPart[] = [];
    const say = () => {
      if (parts.length > 0)
        this.items.push({
          type: 'message',
          id: this.makeId('message'),
          role,
          content: parts,
          status: 'completed',
        });
      parts = [];
    };
    if (typeof content === 'string') parts = decodeContent(content, contentPath);
    else
      for (const [index, block] of content.entries()) {
        const blockPath = [...contentPath, index];
        if (isOfRole(block, role)) {
          say();
          this.readOther(block, blockPath);
        } else parts.push(...decodeBlock(block, blockPath));
      }
    say();
  }

  end(): InputItem[] {
    for (const [id, { path }] of this.open)
      throw refusal(path, `\`tool_use\` ids were found without \`tool_result\` blocks: ${id}`);
    return this.items;
  }

  private readOther(block: Block, path: RequestPath): void {
    switch (block.type) {
      case 'thinking': {
        const { thinking, signature } = read(Thinking, block, path);
        return this.think(thinking, signature ?? '');
      }
      case 'redacted_thinking':
        return this.think('', read(RedactedThinking, block, path).data);
      case 'tool_use': {
        const { id, name, input } = read(ToolUse, block, path);
        return this.call({ callId: id, name, executor: 'client' }, input, path);
      }
      case 'mcp_tool_use': {
        const { id, name, server_name: label, input } = read(McpToolUse, block, path);
        const isOwn = label === ownLabel;
        const at = { serverLabel: isOwn ? null : label, serverToolName: isOwn ? null : name };
        const called = isOwn ? name : qualifiedToolName(label, name);
        return this.call({ callId: id, name: called, executor: 'server', ...at }, input, path);
      }
      case 'server_tool_use': {
        const { call, input } = decodeSearchUse(block, path);
        return this.call(call, input, path);
      }
      case 'web_search_tool_result':
        return this.answer(decodeSearchResult(block, path), path);
      default:
        return this.answer(block, path);
    }
  }

  /** A thought goes back to its provider in its sealed form; without one it is text. */
  private think(text: string, sealed: string): void {
    const id = this.makeId('reasoning');
    if (sealed !== '') this.items.push({ type: 'sealed_reasoning', id, sealed });
    else if (text !== '') this.items.push({ type: 'reasoning', id, text, status: 'completed' });
  }

  private call(
    fields: Pick<FunctionCallItem, 'callId' | 'name' | 'executor'> & Partial<FunctionCallItem>,
    input: JsonObject,
    path: RequestPath,
  ): void {
    const { callId } = fields;
    if (this.open.has(callId)) throw refusal([...path, 'id'], 'must be unique');
    const id = this.makeId('functionCall');
    const call = functionCall({ ...fields, id, arguments: JSON.stringify(input) });
    this.open.set(callId, { call, path });
    this.items.push(call);
  }

  private answer(block: Block, path: RequestPath): void {
    const { tool_use_id: callId, content, is_error: isFailed } = read(ToolResult, block, path);
    const called = this.open.get(callId);
    if (!called)
      throw refusal(
        path,
        `has an unexpected \`tool_use_id\`: ${callId}. Each \`tool_result\` block must have a \`tool_use\` block before it`,
      );
    this.open.delete(callId);
    // The item is this reader's own, and not passed on yet.
    if (isFailed) called.call.error = { code: 'internal', message: 'The tool failed.' };
    const output = typeof content === 'string' ? content : decodeContent(content ?? [], [...path, 'content']);
    const id = this.makeId('functionCallOutput');
    this.items.push({ type: 'function_call_output', id, callId, output, status: 'completed' });
  }
}

/** The blocks that are items of their own, by the role whose messages may have them. */
const otherBlocks: Readonly<Record<Message['role'], ReadonlySet<string>>> = {
  user: new Set(['tool_result', 'mcp_tool_result']),
  assistant: new Set([
    'thinking',
    'redacted_thinking',
    'tool_use',
    'mcp_tool_use',
    'mcp_tool_result',
    'server_tool_use',
    'web_search_tool_result',
  ]),
  system: new Set(),
};

function isOfRole({ type }: Block, role: Message['role']): boolean {
  return otherBlocks[role].has(type);
}
