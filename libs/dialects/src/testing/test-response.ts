import {
  functionCall,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type Item,
  type Response,
} from '@antiphon/contracts';
import { testResponse as anyResponse } from '@antiphon/contracts/testing';

const madeAt = Date.UTC(2025, 11, 23, 10, 0, 0);

/** A foreground response in progress, created at 2025-12-23T10:00:00Z, with the changes of the test. */
export function testResponse(changes: Partial<Response> = {}): Response {
  return anyResponse({
    input: [message('msg_in', 'user', 'Hi')],
    serverTools: [],
    createdAt: madeAt,
    startedAt: madeAt,
    ...changes,
  });
}

export function message(id: string, role: 'user' | 'assistant' | 'system', text: string): Item {
  return { type: 'message', id, role, content: [{ type: 'text', text }], status: 'completed' };
}

/** A call of a server tool that returned after 342 ms, with the changes of the test. */
export function serverCall(callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem {
  return functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'google_search',
    arguments: '{"q":"weather"}',
    executor: 'server',
    startedAt: Date.UTC(2025, 11, 23, 10, 0, 1),
    durationMs: 342,
    ...changes,
  });
}

/** A call of a function of the caller, whose output the run waits for. */
export function clientCall(callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem {
  return serverCall(callId, {
    name: 'get_weather',
    executor: 'client',
    state: 'pending_output',
    startedAt: null,
    durationMs: null,
    ...changes,
  });
}

export function callOutput(callId: string, output: string): FunctionCallOutputItem {
  return { type: 'function_call_output', id: `fco_${callId}`, callId, output, status: 'completed' };
}
