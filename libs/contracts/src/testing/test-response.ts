import type { Caller } from '../caller.ts';
import type { ModelSettings, Response } from '../response/response.ts';
import { noUsage } from '../response/turns/usage.ts';

export const testCaller: Caller = { userId: 'user_a', tenantId: 'tenant_a', kind: 'user', scopes: [] };

/** The settings of a request that sets none. */
export const plainSettings: ModelSettings = {
  temperature: null,
  topP: null,
  presencePenalty: null,
  frequencyPenalty: null,
  maxOutputTokens: null,
  parallelToolCalls: null,
  reasoningEffort: null,
  textFormat: { type: 'text' },
};

/** A response `in_progress` whose input is one user message, with the changes of the test. */
export function testResponse(changes: Partial<Response> = {}): Response {
  return {
    id: 'resp_test',
    userId: testCaller.userId,
    tenantId: testCaller.tenantId,
    dialect: 'openai',
    model: 'test-model',
    modelUsed: null,
    serviceTierUsed: null,
    status: 'in_progress',
    input: [
      {
        type: 'message',
        id: 'msg_in',
        role: 'user',
        content: [{ type: 'text', text: 'Hi' }],
        status: 'completed',
      },
    ],
    output: [],
    usage: noUsage,
    error: null,
    incompleteReason: null,
    instructions: null,
    serverTools: 'all',
    approval: null,
    requestServers: [],
    clientTools: [],
    toolChoice: 'auto',
    settings: plainSettings,
    depthMax: null,
    onPause: 'hand_back',
    isFromCache: false,
    metadata: {},
    webhookUrl: null,
    conversationId: null,
    previousResponseId: null,
    background: false,
    stored: true,
    createdAt: 1_000,
    queuedAt: null,
    startedAt: 1_000,
    completedAt: null,
    cancelledAt: null,
    ...changes,
  };
}
