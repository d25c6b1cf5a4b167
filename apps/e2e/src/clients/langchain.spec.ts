import { event, reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import { type AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { expect } from 'vitest';
import { z } from 'zod';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const model = new ChatOpenAI({
  model: 'gpt-scripted',
  apiKey: await system.token(),
  configuration: { baseURL: `${system.url}/v1` },
  useResponsesApi: true,
  maxRetries: 0,
});

const getWeather = tool(({ city }: { city: string }) => `sunny in ${city}`, {
  name: 'get_weather',
  description: 'The weather of a city',
  schema: z.object({ city: z.string() }),
});

scenario('client-langchain', 'invokes', async () => {
  provider.script = () => [reasoning('Hm.'), text('Hello', ' there.')];
  const answer = await model.invoke([
    ['system', 'Be kind'],
    ['user', 'Say hello'],
  ]);
  expect(answer.text).toBe('Hello there.');
  expect(answer.usage_metadata).toMatchObject({ input_tokens: 10, output_tokens: 5, total_tokens: 15 });
});

scenario('client-langchain', 'streams', async () => {
  const pieces: string[] = [];
  for await (const chunk of await model.stream('Say hello')) if (chunk.text) pieces.push(chunk.text);
  expect(pieces).toEqual(['Hello', ' there', '.']);
});

scenario('client-langchain', 'binds tools and continues with their outputs', async () => {
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0
      ? [toolCall('get_weather', { city: 'Paris' })]
      : [text(`It is ${toolOutputs[0]}.`)];
  const bound = model.bindTools([getWeather]);
  const question = new HumanMessage('Weather?');
  const asked = await bound.invoke([question]);
  expect(asked.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
  const outputs = await Promise.all(
    (asked.tool_calls ?? []).map(
      async ({ id = '', args }) =>
        new ToolMessage({ tool_call_id: id, content: await getWeather.invoke(args as { city: string }) }),
    ),
  );
  expect((await bound.invoke([question, asked, ...outputs])).text).toBe('It is sunny in Paris.');
});

scenario('client-langchain', 'structures its output', async () => {
  const weather = { city: 'Paris', degrees: 21 };
  const schema = z.object({ city: z.string(), degrees: z.number() });
  for (const method of ['jsonSchema', 'jsonMode', 'functionCalling'] as const) {
    provider.script = () => [
      method === 'functionCalling' ? toolCall('weather', weather) : text(JSON.stringify(weather)),
    ];
    const structured = model.withStructuredOutput(schema, { name: 'weather', method });
    expect(await structured.invoke('Weather, as JSON?')).toEqual(weather);
  }
});

scenario('client-langchain', 'continues its turns, plain and streamed, and a response', async () => {
  provider.script = ({ body }) => [reasoning('Hm.'), text(String(body.messages.length))];
  const first = await model.invoke('One');
  const messages = [new HumanMessage('One'), first, new HumanMessage('Two')];
  let second: AIMessageChunk | undefined;
  for await (const chunk of await model.stream(messages)) second = second?.concat(chunk) ?? chunk;
  if (!second) throw new Error('no answer');
  const third = await model.invoke([...messages, second, new HumanMessage('Three')]);
  expect([first.text, second.text, third.text]).toEqual(['1', '3', '5']);
  const previous_response_id = String(third.response_metadata.id);
  expect((await model.invoke('Four', { previous_response_id })).text).toBe('7');
});

scenario('client-langchain', 'streams tool calls, and lets the server call its own', async () => {
  provider.script = () => [
    text('Let me look.'),
    toolCall('get_weather', { city: 'Paris' }, { id: 'call_1' }),
    toolCall('get_weather', { city: 'Rome' }, { id: 'call_2', index: 1 }),
  ];
  let asked: AIMessageChunk | undefined;
  for await (const chunk of await model.bindTools([getWeather]).stream('Weather?'))
    asked = asked?.concat(chunk) ?? chunk;
  expect(asked?.tool_calls).toMatchObject([
    { name: 'get_weather', args: { city: 'Paris' }, id: 'call_1' },
    { name: 'get_weather', args: { city: 'Rome' }, id: 'call_2' },
  ]);
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [text('Found.')];
  const tools = [{ type: 'mcp', server_label: 'antiphon', require_approval: 'never' }];
  expect((await model.bindTools(tools).invoke('Search')).text).toBe('Found.');
});

const brokenTune = event({ error: { message: 'no such tune', code: 400 } });

scenario(['client-langchain', 'openai-stream-error'], 'throws the error of a stream', async () => {
  provider.script = () => [text('Half'), brokenTune];
  const read = async () => {
    for await (const chunk of await model.stream('x')) expect(chunk.text).not.toContain('no such tune');
  };
  await expect(read()).rejects.toThrow('no such tune');
  await expect(model.invoke('x')).rejects.toThrow('no such tune');
});
