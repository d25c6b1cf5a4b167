import { missing, quote, read, refusal, type RequestPath } from '@antiphon/contracts';
import {
  AssistantMessage,
  byteLength,
  Entries,
  Entry,
  EntryRole,
  TextInput,
  ToolDecision,
  ToolMessage,
  UserMessage,
  type Message,
} from '../schema.ts';

/** The `input` of a request: messages to answer, or decisions about waiting calls. */
export type Input = { messages: Message[] } | { decisions: ToolDecision[] };

const inputBytesMax = 100 * 1024;

/** Checks each entry of the input by itself, and its size as a whole. Text is one message of the user. */
export function readInput(input: unknown): Input {
  if (typeof input === 'string') {
    const text = read(TextInput, input, ['input']);
    return { messages: [{ type: 'message', role: 'user', content: [{ type: 'text', text }] }] };
  }
  if (!Array.isArray(input))
    throw refusal(['input'], 'must be a string or an array of messages or decisions');
  const entries = read(Entries, input, ['input']);
  const messages: Message[] = [];
  const decisions: ToolDecision[] = [];
  for (const [index, entry] of entries.entries()) {
    const path = ['input', index];
    if (read(Entry, entry, path).type === 'message') messages.push(readMessage(entry, path));
    else decisions.push(readDecision(entry, path));
  }
  checkSize([...messages, ...decisions]);
  if (messages.length > 0 && decisions.length > 0)
    throw refusal(['input'], 'must hold messages or decisions, not both');
  if (messages.length > 0) return { messages };
  checkDecidedOnce(decisions);
  return { decisions };
}

function readMessage(entry: unknown, path: RequestPath): Message {
  switch (read(EntryRole, entry, path).role) {
    case 'user':
      return read(UserMessage, entry, path);
    case 'assistant':
      return read(AssistantMessage, entry, path);
    case 'tool':
      return read(ToolMessage, entry, path);
  }
}

function readDecision(entry: unknown, path: RequestPath): ToolDecision {
  const decision = read(ToolDecision, entry, path);
  if (decision.decision === 'edit' && !decision.args)
    throw missing([...path, 'args'], 'an edit says what to run the tool with');
  if (decision.decision !== 'edit' && decision.args)
    throw refusal([...path, 'args'], `must be left out: ${quote(decision.decision)} does not change them`);
  if (decision.decision === 'feedback' && (decision.message ?? '').trim() === '')
    throw missing([...path, 'message'], 'feedback says what to do instead');
  return decision;
}

function checkSize(entries: readonly (Message | ToolDecision)[]): void {
  let bytes = 0;
  for (const entry of entries) {
    if (entry.type === 'tool_decision') {
      bytes += byteLength(entry.message ?? '') + sizeOf(entry.args ?? {});
      continue;
    }
    for (const { text } of entry.content) bytes += byteLength(text);
    if (entry.role === 'assistant') for (const { args } of entry.tool_calls ?? []) bytes += sizeOf(args);
  }
  if (bytes > inputBytesMax) throw refusal(['input'], 'must be at most 100 KB in all');
}

function sizeOf(args: object): number {
  return byteLength(JSON.stringify(args));
}

function checkDecidedOnce(decisions: readonly ToolDecision[]): void {
  const decided = new Set<string>();
  for (const [index, { tool_call_id: callId }] of decisions.entries()) {
    if (decided.has(callId))
      throw refusal(['input', index, 'tool_call_id'], `${quote(callId)} is decided twice`);
    decided.add(callId);
  }
}
