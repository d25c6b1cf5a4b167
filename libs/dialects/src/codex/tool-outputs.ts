import { AppError, textOf, type Decision, type Response, quote, refusal } from '@antiphon/contracts';
import type { z } from 'zod';
import { decodeContent } from '../common/content-part.ts';
import type { ToolOutputTaken } from './reply-schema.ts';
import type { ToolOutput } from './schema.ts';

/**
 * The output of the caller's tool for a call of this response. Errors: `invalid_request` for a bad output, `not_found` for a call that the
 * response does not have.
 */
export function decodeToolOutput(
  { tool_call_id: id, output }: z.output<typeof ToolOutput>,
  response: Response,
): Decision[] {
  const content = decodeContent(output, ['output']);
  if (content.some((part) => (part.type === 'image' || part.type === 'file') && part.url === ''))
    throw refusal(
      ['output'],
      'must have the bytes or a link of each file: ids of files are taken in an input',
    );
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

/** The run has the output, and continues when no other call waits. */
export function encodeToolOutputTaken(response: Response): z.input<typeof ToolOutputTaken> {
  return { id: response.id, status: 'in_progress' };
}
