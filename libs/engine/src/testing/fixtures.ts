import { type Caller, idPrefixes, type IdKind, noUsage, type Response } from '@antiphon/contracts';
import type { RunLimits } from '../limits.ts';

export const testCaller: Caller = { userId: 'user_a', tenantId: 'tenant_a', kind: 'user', scopes: [] };

export const testLimits: RunLimits = {
  depthMax: 8,
  toolCallsMax: 64,
  toolTimeoutMs: 45_000,
  parallelToolsMax: 8,
  contextTokensMax: 100_000,
};

/** Ids that a test can foretell: `msg_1`, `fc_2`, … */
export function countingIds(): (kind: IdKind) => string {
  let count = 0;
  return (kind) => `${idPrefixes[kind]}_${++count}`;
}

/** A response `in_progress` whose input is one user message, with what the test says otherwise. */
export function testResponse(changes: Partial<Response> = {}): Response {
  return {
    id: 'resp_test',
    userId: testCaller.userId,
    tenantId: testCaller.tenantId,
    dialect: 'openai',
    model: 'test-model',
    modelUsed: null,
    status: 'in_progress',
    rawInput: 'Hi',
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
    createdAt: 1_000,
    queuedAt: null,
    startedAt: 1_000,
    completedAt: null,
    cancelledAt: null,
    ...changes,
  };
}
