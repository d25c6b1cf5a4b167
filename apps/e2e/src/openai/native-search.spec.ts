import { text } from '@antiphon/service-kit/testing';
import type OpenAI from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { scenarioOfProcesses } from '../scenario.ts';
import { type MessageScript, MessagesServer } from '../servers/messages-server.ts';
import { model, openaiSystem } from './openai-system.ts';

const { system, provider, client } = await openaiSystem();

let messages: MessagesServer;
beforeAll(async () => {
  messages = await MessagesServer.start();
  const entry = `preset: anthropic, base_url: "${messages.url}", api_key: key, models: [claude-sonnet-4-5]`;
  const away = entry.replace(messages.url, 'http://127.0.0.1:9/v1');
  const lines = [
    'providers:',
    `  - { name: ours, ${entry} }`,
    `  - { name: native, hosted_tools: native, ${entry} }`,
    `  - { name: away, hosted_tools: native, ${away} }`,
    'models:',
    '  searcher: { route: [away/claude-sonnet-4-5], fallback: [ours/claude-sonnet-4-5] }',
  ];
  await system.useProviders(lines.join('\n'));
});
afterAll(async () => {
  await system.useProviders();
  await messages.stop();
});

const tools: OpenAI.Responses.Tool[] = [{ type: 'web_search' }];
const include: OpenAI.Responses.ResponseIncludable[] = ['web_search_call.action.sources'];

scenarioOfProcesses(
  'openai-native-tools',
  'a native and an own search have equal items, and a chat model goes on with them',
  async () => {
    const urls = [`${system.web.url}/pages/first`, `${system.web.url}/pages/second`];
    const found = urls.map((url) => ({
      ...{ type: 'web_search_result' as const, url, title: 'A page', encrypted_content: 'sealed' },
      page_age: null,
    }));
    const ran: MessageScript['content'] = [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'rain' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: found },
    ];
    const answer = { type: 'text' as const, text: 'It rains.' };
    messages.script = ({ tools: offered = [], messages: said }) => {
      const isNative = offered.some((tool) => tool.type === 'web_search_20250305');
      const hasResult = JSON.stringify(said).includes('tool_result');
      if (isNative) return { content: hasResult ? [answer] : [...ran, answer], stop_reason: 'end_turn' };
      if (hasResult) return { content: [answer], stop_reason: 'end_turn' };
      const input = { queries: ['rain'] };
      return {
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'web_search', input }],
        stop_reason: 'tool_use',
      };
    };

    const shown: unknown[] = [];
    let native: OpenAI.Responses.Response | undefined;
    // The first provider of `searcher` is native and cannot be reached.
    for (const name of ['ours/claude-sonnet-4-5', 'native/claude-sonnet-4-5', 'searcher']) {
      const types: string[] = [];
      const stream = client.responses.stream({
        ...{ model: name, input: 'Weather?', tools, include },
      });
      for await (const { type } of stream) if (!type.endsWith('.delta')) types.push(type);
      const final = await stream.finalResponse();
      if (name.startsWith('native')) native = final;
      expect(final.output).toMatchObject((await client.responses.retrieve(final.id, { include })).output);
      shown.push({ types, items: final.output.map(({ id: _id, ...item }) => item) });
    }
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
    expect(native?.output[0]).toMatchObject({
      type: 'web_search_call',
      action: { type: 'search', queries: ['rain'], sources: urls.map((url) => ({ type: 'url', url })) },
    });

    // The account gets its own blocks back as they came; another provider reads a call and its output.
    const previous = { input: 'Sure?', tools, previous_response_id: native?.id ?? '' };
    await client.responses.create({ ...previous, model: 'native/claude-sonnet-4-5' });
    const sent = messages.requests.at(-1)?.messages.find(({ role }) => role === 'assistant');
    expect(sent?.content).toEqual([...ran, answer]);
    provider.script = () => [text('Yes.')];
    const next = await client.responses.create({ ...previous, model });
    expect(next.output_text).toBe('Yes.');
    expect(JSON.stringify(provider.calls.at(-1)?.body)).toContain(
      `These pages were found:\\nA page\\n${urls[0]}`,
    );
  },
);
