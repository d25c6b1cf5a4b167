import { describe, expect } from 'vitest';
import { anyString } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { badInputSystem } from './bad-input.ts';

const { jan } = await badInputSystem();

describe('a create of the openai dialect', () => {
  scenario(['bad-types', 'bad-values'], 'with a wrong field is 400, with its param and a code', async () => {
    const wrong: Record<string, unknown[]> = {
      model: [null, 7, '', [], 'x'.repeat(300)],
      input: [
        7,
        true,
        {},
        [7],
        [{ role: 'nobody', content: 'x' }],
        [{ type: 'item_reference', id: 'msg_1' }],
      ],
      instructions: [7, []],
      include: ['x', ['x'], [7], {}],
      max_output_tokens: [0, 1.5, '1'],
      max_tool_calls: [0, -1, '1'],
      metadata: [
        'x',
        { a: 1 },
        { a: 'x'.repeat(513) },
        Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ''])),
      ],
      modalities: ['text', [], ['video']],
      parallel_tool_calls: ['yes', 1],
      previous_response_id: [7, {}, ''],
      conversation: [7, [], {}, ''],
      prompt_cache_key: [7, 'x'.repeat(600)],
      reasoning: ['high', { effort: 'huge' }, { summary: 'long' }],
      safety_identifier: [7, 'x'.repeat(600)],
      service_tier: [7, 'gold'],
      store: ['yes', 1],
      stream: ['yes', 1],
      stream_options: ['x', { include_obfuscation: 'no' }],
      temperature: [-1, 2.1, '1'],
      text: [
        'x',
        { format: 'x' },
        { format: { type: 'xml' } },
        { format: { type: 'json_schema' } },
        { verbosity: 'some' },
      ],
      tool_choice: [
        7,
        'sometimes',
        { type: 'function' },
        { type: 'function', name: 'unknown' },
        { type: 'allowed_tools' },
      ],
      tools: ['x', [7], [{}], [{ type: 'time_travel' }], [{ type: 'file_search' }], [{ type: 'function' }]],
      top_logprobs: [-1, 21, 1.5],
      top_p: [-1, 1.1],
      truncation: ['some', 7],
      user: [7, []],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const what = `${field}: ${JSON.stringify(value).slice(0, 80)}`;
        const { status, body } = await jan.request<{ error: { param: string } }>('POST', '/v1/responses', {
          body: JSON.stringify({ model: 'gpt-scripted', input: 'x', [field]: value }),
          headers: { 'content-type': 'application/json' },
        });
        expect([what, status, body]).toEqual([
          what,
          400,
          { error: { message: anyString, type: 'invalid_request_error', code: anyString, param: anyString } },
        ]);
        expect(body.error.param, what).toMatch(new RegExp(`^${field}\\b`));
      }
    }
  });
});

describe('the openai dialect', () => {
  const call = async (method: string, at: string, body?: object) => {
    const { status, body: answer } = await jan.request<{ error: { param: string | null } }>(method, at, {
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return [status, answer.error.param];
  };

  scenario('bad-values', 'names the place of a fault within a field', async () => {
    const message = (...content: unknown[]) => ({
      input: [
        { role: 'user', content: 'x' },
        { role: 'user', content },
      ],
    });
    const server = { type: 'mcp', server_label: 'a', server_url: 'https://mcp.example/' };
    const wrong: [object, string][] = [
      [
        message({ type: 'input_text', text: 'x' }, { type: 'input_image', image_url: 7 }),
        'input[1].content[1].image_url',
      ],
      [message({ type: 'input_text' }), 'input[1].content[0].text'],
      [message({ type: 'video' }), 'input[1].content[0].type'],
      [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
      [
        {
          tools: [
            { type: 'function', name: 'a' },
            { type: 'function', name: 'b c' },
          ],
        },
        'tools[1].name',
      ],
      [
        {
          tools: [
            { type: 'function', name: 'a' },
            { ...server, server_url: 'http://10.0.0.1/' },
          ],
        },
        'tools[1].server_url',
      ],
      [{ tools: [{ ...server, headers: { a: 7 } }] }, 'tools[0].headers.a'],
      [
        { text: { format: { type: 'json_schema', name: 'x', schema: { type: 'nothing' } } } },
        'text.format.schema',
      ],
      [{ reasoning: { effort: 'huge' } }, 'reasoning.effort'],
      [{ metadata: { a: 1 } }, 'metadata.a'],
      [{ include: ['everything'] }, 'include[0]'],
      [{ prompt: { id: 7 } }, 'prompt.id'],
    ];
    for (const [fields, param] of wrong) {
      const body = { model: 'gpt-scripted', input: 'x', ...fields };
      expect([param, await call('POST', '/v1/responses', body)]).toEqual([param, [400, param]]);
    }
  });

  scenario('bad-text', 'refuses NUL characters in URLs of any route', async () => {
    for (const name of ['after', 'model', 'conversation', 'metadata[a]'])
      expect([name, await call('GET', `/v1/responses?${name}=a%00b`)]).toEqual([name, [400, name]]);
    expect(await call('GET', '/v1/responses?metadata[%00]=x')).toEqual([400, null]);
    const conversation = `/v1/conversations/${await makeConversation()}`;
    for (const at of ['/v1/conversations/%00', '/v1/conversations/%00/items', `${conversation}/items/%00`])
      for (const method of ['GET', 'DELETE']) {
        if (method === 'DELETE' && at.endsWith('/items')) continue;
        expect([method, at, ...(await call(method, at))]).toEqual([method, at, 404, null]);
      }
    expect(await call('DELETE', '/v1/webhooks/a%00b')).toEqual([404, null]);
    const agent = await jan.request('GET', '/api/v1/conversations/%00');
    expect([agent.status, agent.body]).toEqual([404, { detail: anyString }]);
  });
});

async function makeConversation(): Promise<string> {
  const { body } = await jan.request<{ id: string }>('POST', '/v1/conversations', {
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  return body.id;
}
