import type { ModelRequest, ModelSettings } from '@antiphon/contracts';
import type { ProviderRequest } from '../provider.ts';

const defaults: ModelSettings = {
  temperature: null,
  topP: null,
  presencePenalty: null,
  frequencyPenalty: null,
  maxOutputTokens: null,
  parallelToolCalls: null,
  reasoningEffort: null,
  textFormat: { type: 'text' },
};

type Changes = Partial<Omit<ProviderRequest, 'settings'>> & { settings?: Partial<ModelSettings> };

/** A model turn in which a user says something. */
export function modelRequest(text: string, changes: Changes = {}): ProviderRequest & ModelRequest {
  return {
    caller: { userId: 'user_1', tenantId: 'user_1', kind: 'user', scopes: [] },
    model: 'test-model',
    instructions: null,
    items: [{ type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'text', text }], status: 'completed' }],
    tools: [],
    toolChoice: 'auto',
    chatFields: {},
    ...changes,
    settings: { ...defaults, ...changes.settings },
  };
}
