import type { ModelRequest, ModelSettings } from '@antiphon/contracts';
import { plainSettings, testCaller } from '@antiphon/contracts/testing';
import type { ProviderRequest } from '../provider.ts';

type Changes = Partial<Omit<ProviderRequest, 'settings'>> & { settings?: Partial<ModelSettings> };

/** A model turn with one user message. */
export function modelRequest(text: string, changes: Changes = {}): ProviderRequest & ModelRequest {
  return {
    caller: testCaller,
    model: 'test-model',
    instructions: null,
    items: [{ type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'text', text }], status: 'completed' }],
    tools: [],
    toolChoice: 'auto',
    chatFields: {},
    ...changes,
    settings: { ...plainSettings, ...changes.settings },
  };
}
