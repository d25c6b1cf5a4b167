import { type Caller, newId, noUsage, type Response } from '@antiphon/contracts';

export const someCaller: Caller = { userId: 'user_a', tenantId: 'user_a', kind: 'user', scopes: [] };

/** A response as a create makes it, with what a test needs different. */
export function newResponse(changes: Partial<Response> = {}): Response {
  const createdAt = changes.createdAt ?? Date.now();
  return {
    id: newId('response', createdAt),
    userId: someCaller.userId,
    tenantId: someCaller.tenantId,
    dialect: 'jan',
    model: 'test-model',
    modelUsed: null,
    status: 'in_progress',
    rawInput: 'hello',
    input: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'user',
        content: [{ type: 'text', text: 'hello' }],
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
    createdAt,
    queuedAt: null,
    startedAt: null,
    completedAt: null,
    cancelledAt: null,
    ...changes,
  };
}
