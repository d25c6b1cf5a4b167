import { textOf, type FunctionCallItem, type Item, type Response } from '@antiphon/contracts';
import type { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import type { Interrupt } from '../reply-schema.ts';

type WireInterrupt = z.input<typeof Interrupt>;

/** The calls of a paused response that wait for the caller; null where it does not wait. */
export function encodeInterrupts({ status, output }: Response): WireInterrupt[] | null {
  if (status !== 'requires_action') return null;
  return output.flatMap((item, index): WireInterrupt[] => {
    if (item.type !== 'function_call') return [];
    if (item.state !== 'pending_approval' && item.state !== 'pending_output') return [];
    return [encodeInterrupt(item, describe(item, output.slice(0, index)))];
  });
}

function encodeInterrupt(call: FunctionCallItem, description: string): WireInterrupt {
  // The server cannot run a function of the caller: the only decision is its result.
  const isOurs = call.state === 'pending_approval';
  return {
    type: 'tool_call',
    tool_call_id: call.callId,
    action: 'pending',
    args: {
      value: [
        {
          action_request: { action: call.name, args: argumentsOf(call) ?? {} },
          config: { allow_accept: isOurs, allow_edit: isOurs, allow_respond: true },
          description,
        },
      ],
    },
  };
}

/** The assistant's text since the last tool output; without text, a description of the call. */
function describe(call: FunctionCallItem, before: readonly Item[]): string {
  const said = before.findLast((item) => item.type === 'message' || item.type === 'function_call_output');
  const words = said?.type === 'message' && said.role === 'assistant' ? textOf(said.content).trim() : '';
  if (words !== '') return words;
  const method = /^([a-z]+)_http_requests$/.exec(call.name)?.[1];
  const url = argumentsOf(call)?.url;
  if (method === undefined || typeof url !== 'string') return `Run ${call.name}`;
  return `Send an HTTP ${method.toUpperCase()} request to ${url}`;
}
