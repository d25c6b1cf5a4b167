import { AppError, textOf, type Decision, type Response, quote, read, refusal } from '@antiphon/contracts';
import { decodeContent } from '../common/content-part.ts';
import type { EncodedReply } from '../dialect.ts';
import { ToolOutput } from './schema.ts';

/**
 * What the caller's tool gave for a call of this response. Errors: `invalid_request` for a bad body, `not_found` for a call that the
 * response does not have.
 */
export function decodeToolOutput(body: unknown, response: Response): Decision[] {
  const { tool_call_id: id, output } = read(ToolOutput, body);
  const content = decodeContent(output, ['output']);
  const isEmpty = content.every((part) => part.type === 'text' && part.text === '');
  if (isEmpty) throw refusal(['output'], 'must not be empty');
  const call = response.output.find(
    (item) => item.type === 'function_call' && (item.callId === id || item.id === id),
  );
  if (call?.type !== 'function_call')
    throw new AppError('not_found', `The response ${response.id} has no tool call ${quote(id)}.`, {
      param: 'tool_call_id',
    });
  const isText = content.every(({ type }) => type === 'text');
  return [{ callId: call.callId, action: 'output', output: isText ? textOf(content) : content }];
}

/** The run has the output, and goes on once no other call waits. */
export function encodeToolOutputTaken(response: Response): EncodedReply {
  return { status: 200, body: { id: response.id, status: 'in_progress' } };
}
