import {
  noUsage,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type Item,
  type Response,
} from '@antiphon/contracts';

/** A foreground response that has begun, made at 2025-12-23T10:00:00Z, with what the test says otherwise. */
export function testResponse(changes: Partial<Response> = {}): Response {
  return {
    id: 'resp_test',
    userId: 'user_a',
    tenantId: 'tenant_a',
    dialect: 'openai',
    model: 'test-model',
    modelUsed: null,
    status: 'in_progress',
    rawInput: 'Hi',
    input: [message('msg_in', 'user', 'Hi')],
    output: [],
    usage: noUsage,
    error: null,
    incompleteReason: null,
    instructions: null,
    serverTools: [],
    clientTools: [],
    toolChoice: 'auto',
    settings: {
      temperature: null,
      topP: null,
      presencePenalty: null,
      frequencyPenalty: null,
      maxOutputTokens: null,
      parallelToolCalls: null,
      reasoningEffort: null,
      textFormat: { type: 'text' },
    },
    depthMax: null,
    metadata: {},
    webhookUrl: null,
    conversationId: null,
    previousResponseId: null,
    background: false,
    stored: true,
    createdAt: Date.UTC(2025, 11, 23, 10, 0, 0),
    queuedAt: null,
    startedAt: Date.UTC(2025, 11, 23, 10, 0, 0),
    completedAt: null,
    cancelledAt: null,
    ...changes,
  };
}

export function message(id: string, role: 'user' | 'assistant' | 'system', text: string): Item {
  return { type: 'message', id, role, content: [{ type: 'text', text }], status: 'completed' };
}

/** A call of one of our tools that came back after 342 ms, with what the test says otherwise. */
export function serverCall(callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem {
  return {
    type: 'function_call',
    id: `fc_${callId}`,
    callId,
    name: 'google_search',
    arguments: '{"q":"weather"}',
    status: 'completed',
    executor: 'server',
    state: 'done',
    depth: 0,
    startedAt: Date.UTC(2025, 11, 23, 10, 0, 1),
    durationMs: 342,
    error: null,
    ...changes,
  };
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
