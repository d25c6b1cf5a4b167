import { expect, it } from 'vitest';
import { decodeCreate } from '../decode.ts';

const question = { role: 'user', content: 'Does it rain?' };
const plain = { model: 'm', max_tokens: 100, messages: [question] };
const decode = (changes: object) => decodeCreate({ ...plain, ...changes });
const search = { type: 'web_search_20250305', name: 'web_search' };

it('has the web search of this server where Anthropic has its own', () => {
  const place = { type: 'approximate', city: 'Rome' };
  const tool = { ...search, max_uses: 3, blocked_domains: ['b.example'], user_location: place };
  const { request } = decode({ tools: [tool], tool_choice: { type: 'tool', name: 'web_search' } });
  expect(request).toMatchObject({
    clientTools: [],
    toolCallsMax: 3,
    hostedTools: [
      {
        kind: 'web_search',
        options: { blockedDomains: ['b.example'], location: { city: 'Rome' }, opensPages: false },
        declared: tool,
      },
    ],
  });
});

it('reads searches that the server has run, with their snippets', () => {
  const use = { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'rain' } };
  const page = { type: 'web_search_result', url: 'https://rain.example', title: 'Rain' };
  const read = (content: object) => {
    const result = { type: 'web_search_tool_result', tool_use_id: 's1', content };
    return decode({ messages: [...plain.messages, { role: 'assistant', content: [use, result] }] }).request
      .input;
  };
  const encrypted_content = `snippet.${Buffer.from('It rains.').toString('base64')}`;
  expect(read([{ ...page, encrypted_content }]).slice(1)).toMatchObject([
    { type: 'function_call', executor: 'server', kind: 'web_search', arguments: '{"queries":["rain"]}' },
    { type: 'function_call_output', callId: 's1', output: 'Rain\nhttps://rain.example\nIt rains.' },
  ]);
  expect(read([{ ...page, encrypted_content: 'of another server' }])[2]).toMatchObject({
    output: 'Rain\nhttps://rain.example',
  });
  const failed = { type: 'web_search_tool_result_error', error_code: 'unavailable' };
  expect(read(failed).slice(1)).toMatchObject([{ error: {} }, { output: 'The search failed: unavailable' }]);
});
