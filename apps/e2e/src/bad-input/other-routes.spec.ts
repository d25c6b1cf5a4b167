import type { JsonValue } from '@antiphon/contracts';
import { describe, expect } from 'vitest';
import { mutationsOf } from '../checks/mutations.ts';
import { scenario } from '../scenario.ts';
import { badInputSystem, inParallel } from './bad-input.ts';

const { jan } = await badInputSystem();

describe('the other APIs', () => {
  scenario(
    'bad-anything',
    'accept random changes without a 5xx, too',
    async () => {
      const weather = {
        name: 'get_weather',
        description: 'Weather',
        parameters: { type: 'object', properties: {} },
      };
      const bodies: Record<string, JsonValue> = {
        '/v1/responses': {
          model: 'gpt-scripted',
          input: [
            { role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
            { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
            { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
          ],
          instructions: 'Be kind',
          tools: [{ type: 'function', ...weather, strict: true }],
          tool_choice: { type: 'function', name: 'get_weather' },
          text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true } },
          reasoning: { effort: 'low', summary: 'auto' },
          temperature: 1,
          max_output_tokens: 50,
          max_tool_calls: 2,
          truncation: 'auto',
          include: ['message.output_text.logprobs'],
          top_logprobs: 1,
          safety_identifier: 'user-1',
          stream_options: { include_obfuscation: false },
          metadata: { a: 'b' },
        },
        '/v1/responses/input_tokens': {
          model: 'gpt-scripted',
          input: [{ type: 'item_reference', id: 'msg_1' }],
          tools: [{ type: 'function', ...weather }],
        },
        '/v1/responses/compact': {
          model: 'gpt-scripted',
          input: [
            { type: 'compaction', id: 'cmp_1', encrypted_content: 'x' },
            { role: 'user', content: 'Hello' },
          ],
          instructions: 'Be kind',
        },
        '/v1/conversations': {
          items: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
          metadata: { a: 'b' },
        },
        [`/v1/conversations/${await makeConversation()}`]: { metadata: { a: 'b' } },
        [`/v1/conversations/${await makeConversation()}/items`]: {
          items: [
            { role: 'user', content: 'Hello' },
            { type: 'function_call_output', call_id: 'c', output: 'x' },
          ],
        },
        '/v1/vector_stores': {
          name: 'Rivers',
          file_ids: ['file_00000000000000000000'],
          expires_after: { anchor: 'last_active_at', days: 1 },
          chunking_strategy: {
            type: 'static',
            static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 50 },
          },
          metadata: { a: 'b' },
        },
        [`/v1/vector_stores/${await makeStore()}/search`]: {
          query: ['rivers', 'lakes'],
          filters: {
            type: 'and',
            filters: [
              { type: 'eq', key: 'a', value: 'b' },
              { type: 'in', key: 'a', value: ['b', 1] },
            ],
          },
          max_num_results: 5,
          ranking_options: { score_threshold: 0.1, hybrid_search: { embedding_weight: 1, text_weight: 1 } },
        },
        '/llm/v1/chat/completions': {
          model: 'gpt-scripted',
          messages: [
            { role: 'system', content: 'Be kind' },
            { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
            {
              role: 'assistant',
              tool_calls: [
                { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } },
              ],
            },
            { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
          ],
          tools: [{ type: 'function', function: weather }],
          tool_choice: 'auto',
          response_format: { type: 'json_object' },
          temperature: 1,
          max_tokens: 50,
          stop: ['x'],
        },
        '/llm/auth/upgrade': { email: 'ada@example.com', username: 'ada', full_name: 'Ada' },
        '/llm/auth/refresh-token': { refresh_token: 'x' },
        '/llm/auth/validate': { token: 'x' },
        '/llm/auth/revoke': { token: 'x' },
        '/llm/auth/api-keys': { name: 'ci' },
      };
      for (const [at, body] of Object.entries(bodies)) {
        const count = at.startsWith('/llm/auth') || /(conversations|stores)\//.test(at) ? 25 : 100;
        await inParallel(mutationsOf(body, { count, seed: at.length }), 8, async (mutated) => {
          const { status, text } = await jan.request('POST', at, {
            body: mutated,
            headers: { 'content-type': 'application/json' },
          });
          expect(status, `${at} ${mutated.slice(0, 500)} → ${text.slice(0, 300)}`).toBeLessThan(500);
        });
      }
    },
    60_000,
  );
});

const makeConversation = () => make('/v1/conversations');
const makeStore = () => make('/v1/vector_stores');

async function make(path: string): Promise<string> {
  const { body } = await jan.request<{ id: string }>('POST', path, {
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  return body.id;
}
