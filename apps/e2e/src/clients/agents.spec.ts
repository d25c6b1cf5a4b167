import { event, fail, text, toolCall } from '@antiphon/service-kit/testing';
import {
  Agent,
  run,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTracingDisabled,
  tool,
  withResponsesWebSocketSession,
} from '@openai/agents';
import OpenAI from 'openai';
import { expect } from 'vitest';
import { z } from 'zod';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
setTracingDisabled(true);
setOpenAIAPI('responses');
const baseURL = `${system.url}/v1`;
const apiKey = await system.token();
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
setDefaultOpenAIClient(client);
const model = 'gpt-scripted';
const brokenTune = event({ error: { message: 'no such tune', code: 400 } });

const getWeather = tool({
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in ${city}`,
});
const forecaster = new Agent({ name: 'Forecaster', instructions: 'Be brief', model, tools: [getWeather] });

const asksThenTells = ({ toolOutputs }: { toolOutputs: string[] }) =>
  toolOutputs.length === 0
    ? [
        toolCall('get_weather', { city: 'Paris' }, { id: 'call_1' }),
        toolCall('get_weather', { city: 'Rome' }, { id: 'call_2', index: 1 }),
      ]
    : [text(`It is ${toolOutputs.join(' and ')}.`)];

scenario('client-agents', 'runs tools until there is an answer', async () => {
  provider.script = asksThenTells;
  const result = await run(forecaster, 'Weather?');
  expect(result.finalOutput).toBe('It is sunny in Paris and sunny in Rome.');
  expect(result.lastResponseId).toMatch(/^resp_/);
  const next = await run(forecaster, 'And tomorrow?', { previousResponseId: result.lastResponseId });
  expect(next.finalOutput).toBe('It is sunny in Paris and sunny in Rome.');
  expect(provider.calls.at(-1)?.body.messages.filter(({ role }) => role === 'user')).toHaveLength(2);
});

scenario('client-agents', 'streams', async () => {
  provider.script = asksThenTells;
  const streamed = await run(forecaster, 'Weather?', { stream: true });
  let written = '';
  for await (const piece of streamed.toTextStream()) written += piece;
  await streamed.completed;
  expect(written).toBe('It is sunny in Paris and sunny in Rome.');
  expect(streamed.finalOutput).toBe(written);
});

scenario('client-agents', 'hands over to another agent', async () => {
  const refunds = new Agent({ name: 'Refunds', instructions: 'You refund', model });
  const triage = Agent.create({ name: 'Triage', instructions: 'You triage', model, handoffs: [refunds] });
  provider.script = ({ body }) =>
    body.tools?.length ? [toolCall('transfer_to_Refunds', {})] : [text('Refunded.')];
  const result = await run(triage, 'My money!');
  expect([result.finalOutput, result.lastAgent?.name]).toEqual(['Refunded.', 'Refunds']);
});

scenario('client-agents', 'structures its output', async () => {
  const Answer = z.object({ city: z.string(), degrees: z.number() });
  provider.script = () => [text('{"city":"Paris","degrees":21}')];
  const agent = new Agent({ name: 'Structured', model, outputType: Answer });
  expect((await run(agent, 'Weather?')).finalOutput).toEqual({ city: 'Paris', degrees: 21 });
});

scenario('client-agents', 'waits for approvals', async () => {
  const erase = tool({
    name: 'erase',
    description: 'Erases it',
    parameters: z.object({}),
    needsApproval: true,
    execute: async () => 'erased',
  });
  const eraser = new Agent({ name: 'Eraser', model, tools: [erase] });
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0 ? [toolCall('erase', {})] : [text(`Then: ${toolOutputs[0]}`)];
  for (const [decide, outcome] of [
    ['approve', 'Then: erased'],
    ['reject', 'Then: Tool execution was not approved.'],
  ] as const) {
    const asked = await run(eraser, 'Erase it');
    expect(asked.interruptions).toHaveLength(1);
    for (const interruption of asked.interruptions) asked.state[decide](interruption);
    expect((await run(eraser, asked.state)).finalOutput).toBe(outcome);
  }
});

scenario('client-agents', 'continues in a conversation', async () => {
  provider.script = asksThenTells;
  const { id: conversationId } = await client.conversations.create();
  await run(forecaster, 'Weather?', { conversationId });
  const next = await run(forecaster, 'And tomorrow?', { conversationId });
  expect(next.finalOutput).toBe('It is sunny in Paris and sunny in Rome.');
  const types: string[] = [];
  for await (const { type } of client.conversations.items.list(conversationId, { order: 'asc' }))
    types.push(type);
  const turn = ['message', ...Array<string>(2).fill('function_call')];
  const answer = [...Array<string>(2).fill('function_call_output'), 'message'];
  expect(types).toEqual([...turn, ...answer, ...turn, ...answer]);
});

scenario('client-agents', 'works over a WebSocket', async () => {
  provider.script = asksThenTells;
  await withResponsesWebSocketSession(
    async (session) => {
      const result = await session.run(forecaster, 'Weather?');
      expect(result.finalOutput).toBe('It is sunny in Paris and sunny in Rome.');
      const previousResponseId = result.lastResponseId;
      const streamed = await session.run(forecaster, 'Weather?', { stream: true, previousResponseId });
      let written = '';
      for await (const piece of streamed.toTextStream()) written += piece;
      await streamed.completed;
      expect(written).toBe('It is sunny in Paris and sunny in Rome.');
    },
    { providerOptions: { baseURL, apiKey } },
  );
});

scenario(['client-agents', 'openai-stream-error'], 'throws the error of a stream', async () => {
  provider.script = () => [text('Half'), brokenTune];
  const streamed = await run(forecaster, 'Weather?', { stream: true });
  const read = async () => {
    for await (const piece of streamed.toTextStream()) expect(piece).toBe('Half');
    await streamed.completed;
  };
  await expect(read()).rejects.toThrow('no such tune');
});

scenario('client-agents', 'continues over a WebSocket after a failed turn', async () => {
  await withResponsesWebSocketSession(
    async (session) => {
      provider.script = () => [fail(400, { message: 'no such tune' })];
      await expect(session.run(forecaster, 'Weather?')).rejects.toThrow('response.failed');
      provider.script = () => [text('Sunny.')];
      expect((await session.run(forecaster, 'Weather?')).finalOutput).toBe('Sunny.');
    },
    { providerOptions: { baseURL, apiKey } },
  );
});
