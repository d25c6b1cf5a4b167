import type { ModelTool } from '@antiphon/contracts';
import { plainSettings } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { plainQuirks } from '../quirks/provider-quirks.ts';
import type { ModelTarget } from '../protocol.ts';
import { openAi } from './index.ts';
import { openAiProtocol } from './choose-protocol.ts';
import { hasReasoningRules, isReasoningModel } from '../openai-responses/reasoning-models.ts';

const tool: ModelTool = { name: 'add', description: null, parameters: null, strict: null };
const summarized = { ...plainSettings, reasoningSummary: 'auto' as const };

describe('openAiProtocol', () => {
  it.each([
    // model, without tools, with tools
    ['gpt-4o', 'chat_completions', 'chat_completions'],
    ['gpt-4.1-mini', 'chat_completions', 'chat_completions'],
    ['gpt-35-turbo', 'chat_completions', 'chat_completions'],
    ['gpt-5-chat-latest', 'chat_completions', 'chat_completions'],
    ['gpt-image-1', 'chat_completions', 'chat_completions'],
    ['our-deployment', 'chat_completions', 'chat_completions'],
    ['o3', 'chat_completions', 'openai_responses'],
    ['o4-mini-2025-04-16', 'chat_completions', 'openai_responses'],
    ['ft:o4-mini:ours::1', 'chat_completions', 'openai_responses'],
    ['gpt-5', 'chat_completions', 'openai_responses'],
    ['gpt-5.6-luna', 'chat_completions', 'openai_responses'],
    ['gpt-6-astra', 'chat_completions', 'openai_responses'],
    ['prod-gpt-5-mini', 'chat_completions', 'openai_responses'],
    ['o1-pro', 'openai_responses', 'openai_responses'],
    ['gpt-5.4-pro-2026-03-05', 'openai_responses', 'openai_responses'],
    ['gpt-5.1-codex-max', 'openai_responses', 'openai_responses'],
    ['codex-mini-latest', 'openai_responses', 'openai_responses'],
    ['o4-mini-deep-research', 'openai_responses', 'openai_responses'],
  ])('sends %s to %s, and with tools to %s', (model, without, withTools) => {
    expect(openAiProtocol({ model, tools: [], settings: plainSettings })).toBe(without);
    expect(openAiProtocol({ model, tools: [tool], settings: plainSettings })).toBe(withTools);
  });

  it('sends a turn that asks for a summary of thoughts to the API that has them', () => {
    expect(openAiProtocol({ model: 'gpt-5', tools: [], settings: summarized })).toBe('openai_responses');
    expect(openAiProtocol({ model: 'gpt-4o', tools: [], settings: summarized })).toBe('chat_completions');
  });

  it('knows from the catalogue what a name does not say', () => {
    const turn = { model: 'our-deployment', tools: [tool], settings: plainSettings };
    expect(isReasoningModel(turn.model)).toBe(false);
    expect(openAiProtocol(turn, true)).toBe('openai_responses');
    expect(openAiProtocol({ ...turn, model: 'gpt-5-proxy' }, false)).toBe('chat_completions');
  });

  it("applies the rules of OpenAI's reasoning models by the catalogue, but not to models of other makers", () => {
    expect(hasReasoningRules('our-deployment', { hasReasoning: true })).toBe(true);
    expect(hasReasoningRules('gpt-5', { hasReasoning: null })).toBe(true);
    expect(hasReasoningRules('gpt-5', null)).toBe(true);
    expect(hasReasoningRules('gpt-5-proxy', { hasReasoning: false })).toBe(false);
    for (const model of ['openai/gpt-oss-120b', 'DeepSeek-V3.2', 'kimi-k2.6'])
      expect(hasReasoningRules(model, { hasReasoning: true })).toBe(false);
  });

  it('sends each turn to the path of its API', () => {
    const target: ModelTarget = {
      title: 'OpenAI',
      account: 'api.openai.com',
      basePath: '/v1',
      query: '?api-version=preview',
      host: 'api.openai.com',
      quirks: plainQuirks,
      facts: null,
      isStreamed: true,
    };
    const path = (changes: object) => openAi.turn(modelRequest('Hi', changes), target).path;
    expect(path({ model: 'gpt-5' })).toBe('/v1/chat/completions?api-version=preview');
    expect(path({ model: 'gpt-5', tools: [tool] })).toBe('/v1/responses?api-version=preview');
    expect(path({ model: 'gpt-4o', tools: [tool] })).toBe('/v1/chat/completions?api-version=preview');
    const ofDeployment = { ...target, basePath: '/openai/deployments/gpt-5', query: '' };
    expect(openAi.turn(modelRequest('Hi', { model: 'gpt-5', tools: [tool] }), ofDeployment).path).toBe(
      '/openai/deployments/gpt-5/chat/completions',
    );
  });
});
