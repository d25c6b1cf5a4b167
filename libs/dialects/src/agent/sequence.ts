import { AppError, quote, refusal } from '@antiphon/contracts';
import type { Message } from './schema.ts';

/**
 * Checks the order of messages. Only the last message may hold tool calls without their results, and results may stand alone: both continue
 * the proposed calls. Two assistant messages in a row are allowed in a replayed history (`isReplay`) only.
 */
export function checkSequence(messages: readonly Message[], { isReplay }: { isReplay: boolean }): void {
  if (messages.every((message) => message.role === 'assistant' && callIdsOf(message).length === 0))
    throw refusal(['input'], 'must hold more than messages of the assistant: there is nothing to answer');
  if (messages.every(({ role }) => role === 'tool')) return checkAnsweredOnce(messages);

  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') checkAnswers(messages, index);
    if (message.role !== 'assistant') continue;
    const before = messages[index - 1];
    const followsWords = before?.role === 'assistant' && callIdsOf(before).length === 0;
    if (followsWords && !isReplay)
      throw refusal(
        ['input', index],
        'follows another message of the assistant, which only a history with "store": false may have',
      );
    checkCalls(messages, index);
  }
}

/** Each call of a message that is not the last has its result right behind it. */
function checkCalls(messages: readonly Message[], index: number): void {
  const callIds = callIdsOf(messages[index]);
  if (new Set(callIds).size < callIds.length)
    throw refusal(['input', index, 'tool_calls'], 'must not name two calls alike');
  if (index === messages.length - 1) return;
  const results = resultsAfter(messages, index);
  const missing = callIds.find((callId) => !results.includes(callId));
  if (missing !== undefined)
    throw new AppError(
      'invalid_request',
      `The tool call ${quote(missing)} of input[${index}] has no result: a message with tool calls must be followed by the results of all of them.`,
    );
}

function checkAnswers(messages: readonly Message[], index: number): void {
  let asking = index - 1;
  while (messages[asking]?.role === 'tool') asking--;
  const message = messages[index];
  if (message?.role !== 'tool') return;
  if (!callIdsOf(messages[asking]).includes(message.tool_call_id))
    throw refusal(
      ['input', index, 'tool_call_id'],
      `${quote(message.tool_call_id)} is not a tool call of the message before it`,
    );
  checkAnsweredOnce(messages.slice(asking + 1, index + 1), asking + 1);
}

function checkAnsweredOnce(results: readonly Message[], firstIndex = 0): void {
  const answered = new Set<string>();
  for (const [index, message] of results.entries()) {
    if (message.role !== 'tool') continue;
    if (answered.has(message.tool_call_id))
      throw refusal(
        ['input', firstIndex + index, 'tool_call_id'],
        `${quote(message.tool_call_id)} has a result already`,
      );
    answered.add(message.tool_call_id);
  }
}

function resultsAfter(messages: readonly Message[], index: number): string[] {
  const results: string[] = [];
  for (const message of messages.slice(index + 1)) {
    if (message.role !== 'tool') break;
    results.push(message.tool_call_id);
  }
  return results;
}

function callIdsOf(message: Message | undefined): string[] {
  return message?.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : [];
}
