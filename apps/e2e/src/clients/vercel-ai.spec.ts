import { fail, finish, reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateObject, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'vitest';
import { z } from 'zod';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system.ts';

const system = await sharedSystem();
const { provider } = system;
const model = createOpenAI({ baseURL: `${system.url}/v1`, apiKey: await system.token() }).responses(
  'gpt-scripted',
);
const maxRetries = 0;

const tools = {
  get_weather: tool({
    description: 'The weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, sky: 'sunny' }),
  }),
};
const asksThenTells = ({ toolOutputs }: { toolOutputs: string[] }) =>
  toolOutputs.length === 0
    ? [toolCall('get_weather', { city: 'Paris' })]
    : [text(`It is ${toolOutputs[0]}.`)];
const told = 'It is {"city":"Paris","sky":"sunny"}.';

scenario('client-vercel-ai', 'generates text', async () => {
  provider.script = () => [reasoning('Hm.'), text('Hello', ' there.')];
  const result = await generateText({ model, prompt: 'Say hello', system: 'Be kind', maxRetries });
  expect(result).toMatchObject({ text: 'Hello there.', finishReason: 'stop', reasoningText: 'Hm.' });
  expect(result.usage).toMatchObject({ inputTokens: 10, outputTokens: 5, totalTokens: 15 });
  provider.script = () => [text('Once'), finish('length')];
  expect((await generateText({ model, prompt: 'x', maxRetries })).finishReason).toBe('length');
});

scenario('client-vercel-ai', 'streams text', async () => {
  provider.script = () => [reasoning('Hm.'), text('Hello', ' there', '.')];
  const result = streamText({ model, prompt: 'Say hello', maxRetries });
  const pieces: string[] = [];
  for await (const piece of result.textStream) pieces.push(piece);
  expect(pieces).toEqual(['Hello', ' there', '.']);
  expect(await result.finishReason).toBe('stop');
  expect(await result.reasoningText).toBe('Hm.');
});

scenario('client-vercel-ai', 'runs tools', async () => {
  provider.script = asksThenTells;
  const options = {
    model,
    tools,
    prompt: 'Weather?',
    stopWhen: stepCountIs(3),
    maxRetries,
    // Otherwise the client sends references to stored items in place of the items.
    providerOptions: { openai: { store: false } },
  };
  const result = await generateText(options);
  expect([result.text, result.steps.length]).toEqual([told, 2]);
  expect(await streamText(options).text).toBe(told);
});

scenario('client-vercel-ai', 'generates objects', async () => {
  const schema = z.object({ city: z.string(), degrees: z.number() });
  const weather = { city: 'Paris', degrees: 21 };
  provider.script = () => [text(JSON.stringify(weather))];
  expect((await generateObject({ model, schema, prompt: 'x', maxRetries })).object).toEqual(weather);
  const { output } = await generateText({
    model,
    output: Output.object({ schema }),
    prompt: 'x',
    maxRetries,
  });
  expect(output).toEqual(weather);
});

scenario('client-vercel-ai', 'tells of errors', async () => {
  const failure = await generateText({ model, prompt: 'x', temperature: 3, maxRetries }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(APICallError);
  expect(failure).toMatchObject({ statusCode: 400, isRetryable: false });
  provider.script = () => [text('Half'), fail(500)];
  const errors: unknown[] = [];
  const streamed = streamText({
    model,
    prompt: 'x',
    maxRetries,
    onError: ({ error }) => void errors.push(error),
  });
  await streamed.consumeStream();
  expect(errors).toHaveLength(1);
});
