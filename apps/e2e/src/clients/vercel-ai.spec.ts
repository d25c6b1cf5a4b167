import { createOpenResponses } from '@ai-sdk/open-responses';
import { createOpenAI } from '@ai-sdk/openai';
import { event, finish, reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import {
  APICallError,
  generateObject,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai';
import { describe, expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { OutsideServer } from '../servers/mcp-server.ts';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const apiKey = await system.token();
const openai = createOpenAI({ baseURL: `${system.url}/v1`, apiKey });
const responses = openai.responses('gpt-scripted');
const openResponses = createOpenResponses({
  name: 'antiphon',
  url: `${system.url}/v1/responses`,
  apiKey,
})('gpt-scripted');
const maxRetries = 0;
const brokenTune = event({ error: { message: 'no such tune', code: 400 } });
/** @ai-sdk/openai reads reasoning from its summary, and requests one from reasoning models only. */
const summed = { openai: { forceReasoning: true, reasoningSummary: 'auto' } };

const tools = {
  get_weather: tool({
    description: 'The weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, sky: 'sunny' }),
  }),
};
const asksThenTells = ({ toolOutputs }: { toolOutputs: string[] }) =>
  toolOutputs.length === 0
    ? [
        reasoning('Hm.'),
        text('Let me look.'),
        toolCall('get_weather', { city: 'Paris' }, { id: 'call_1' }),
        toolCall('get_weather', { city: 'Rome' }, { id: 'call_2', index: 1 }),
      ]
    : [text(`It is ${toolOutputs.join(' and ')}.`)];
const weatherText = 'It is {"city":"Paris","sky":"sunny"} and {"city":"Rome","sky":"sunny"}.';

const models: [string, LanguageModel][] = [
  ['@ai-sdk/openai', responses],
  ['@ai-sdk/open-responses', openResponses],
];

describe.each(models)('ai with %s', (_name, model) => {
  scenario('client-vercel-ai', 'generates text', async () => {
    provider.script = () => [reasoning('Hm.'), text('Hello', ' there.')];
    const options = { model, prompt: 'Say hello', system: 'Be kind', providerOptions: summed, maxRetries };
    const result = await generateText(options);
    expect(result).toMatchObject({ text: 'Hello there.', finishReason: 'stop', reasoningText: 'Hm.' });
    expect(result.usage).toMatchObject({ inputTokens: 10, outputTokens: 5, totalTokens: 15 });
    provider.script = () => [text('Once'), finish('length')];
    expect((await generateText({ model, prompt: 'x', maxRetries })).finishReason).toBe('length');
  });

  scenario('client-vercel-ai', 'streams text', async () => {
    provider.script = () => [reasoning('Hm.'), text('Hello', ' there', '.')];
    const result = streamText({ model, prompt: 'Say hello', providerOptions: summed, maxRetries });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces).toEqual(['Hello', ' there', '.']);
    expect(await result.finishReason).toBe('stop');
    expect(await result.reasoningText).toBe('Hm.');
  });

  scenario('client-vercel-ai', 'runs tools', async () => {
    provider.script = asksThenTells;
    const options = { model, tools, prompt: 'Weather?', stopWhen: isStepCount(3), maxRetries };
    const result = await generateText(options);
    expect([result.text, result.steps.length]).toEqual([weatherText, 2]);
    expect(await streamText(options).text).toBe(weatherText);
  });

  scenario('client-vercel-ai', 'generates objects', async () => {
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const weather = { city: 'Paris', degrees: 21 };
    const options = { model, output: Output.object({ schema }), prompt: 'x', maxRetries };
    provider.script = () => [text('{"city":"Paris",', '"degrees":21}')];
    expect((await generateText(options)).output).toEqual(weather);
    const streamed = streamText(options);
    const partial: unknown[] = [];
    for await (const object of streamed.partialOutputStream) partial.push(object);
    expect(partial).toEqual([{ city: 'Paris' }, weather]);
    expect(await streamed.output).toEqual(weather);
    expect((await generateObject({ model, schema, prompt: 'x', maxRetries })).object).toEqual(weather);
  });

  scenario('client-vercel-ai', 'sends images and files', async () => {
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'file' as const, data: 'iVBORw0KGgo=', mediaType: 'image/png' },
      { type: 'file' as const, data: 'JVBERi0=', mediaType: 'application/pdf', filename: 'a.pdf' },
    ];
    await generateText({ model, messages: [{ role: 'user', content }], maxRetries });
    expect(provider.calls.at(-1)?.body.messages[0]?.content).toMatchObject([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    ]);
  });

  scenario('client-vercel-ai', 'reports errors', async () => {
    const failure = await generateText({ model, prompt: 'x', temperature: 3, maxRetries }).catch(
      (error: unknown) => error,
    );
    expect(APICallError.isInstance(failure)).toBe(true);
    expect(failure).toMatchObject({ statusCode: 400, isRetryable: false });
    provider.script = () => [text('Half'), brokenTune];
    const messages: string[] = [];
    const streamed = streamText({
      model,
      prompt: 'x',
      maxRetries,
      onError: ({ error }) => void messages.push((error as Error).message),
    });
    await streamed.consumeStream();
    // @ai-sdk/open-responses reports the error event and the failed response.
    expect([...new Set(messages)]).toEqual([textWith('no such tune')]);
  });
});

describe('ai with @ai-sdk/openai', () => {
  const counts = ({ body }: { body: { messages: unknown[] } }) => [
    reasoning('Hm.'),
    text(String(body.messages.length)),
  ];

  // It sends stored items as references and unstored items in full.
  for (const store of [true, false])
    scenario('client-vercel-ai', `continues its turns, store: ${store}`, async () => {
      provider.script = counts;
      const messages: ModelMessage[] = [];
      const providerOptions = { openai: { store } };
      for (const expected of ['1', '3', '5']) {
        messages.push({ role: 'user', content: 'More' });
        const result = await generateText({ model: responses, messages, providerOptions, maxRetries });
        expect(result.text).toBe(expected);
        messages.push(...result.response.messages);
      }
      provider.script = asksThenTells;
      const options = { model: responses, tools, providerOptions, stopWhen: isStepCount(3), maxRetries };
      expect((await generateText({ ...options, prompt: 'Weather?' })).text).toBe(weatherText);
      expect(await streamText({ ...options, prompt: 'Weather?' }).text).toBe(weatherText);
    });

  scenario('client-vercel-ai', 'continues a response and a conversation', async () => {
    provider.script = counts;
    const ask = (options: { previousResponseId?: string; conversation?: string }) =>
      generateText({ model: responses, prompt: 'More', providerOptions: { openai: options }, maxRetries });
    const first = await ask({});
    const previousResponseId = first.response.id;
    expect((await ask({ previousResponseId })).text).toBe('3');
    const made = await fetch(`${system.url}/v1/conversations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
    });
    const { id: conversation } = (await made.json()) as { id: string };
    expect((await ask({ conversation })).text).toBe('1');
    expect((await ask({ conversation })).text).toBe('3');
  });

  scenario('client-vercel-ai', 'reads calls of MCP servers, and decides about them', async () => {
    const outside = await OutsideServer.start();
    onTestFinished(() => outside.stop());
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [toolCall('notes__write_note', { text: 'a' })]
        : [text(`Then: ${toolOutputs[0]}`)];
    const notes = (requireApproval: 'always' | 'never') => ({
      mcp: openai.tools.mcp({ serverLabel: 'notes', serverUrl: outside.url, requireApproval }),
    });
    const free = await generateText({ model: responses, tools: notes('never'), prompt: 'Write', maxRetries });
    expect(free.text).toBe('Then: wrote a');
    expect(free.content.map(({ type }) => type)).toEqual(['tool-call', 'tool-result', 'text']);

    for (const [approved, outcome] of [
      [true, 'wrote a'],
      [false, 'User rejected the tool call'],
    ] as const) {
      const messages: ModelMessage[] = [{ role: 'user', content: 'Write' }];
      const options = { model: responses, tools: notes('always'), maxRetries };
      const asked = await generateText({ ...options, messages });
      const requests = asked.content.filter((part) => part.type === 'tool-approval-request');
      expect(requests).toHaveLength(1);
      messages.push(...asked.response.messages, {
        role: 'tool',
        content: requests.map(({ approvalId }) => ({
          type: 'tool-approval-response',
          approvalId,
          approved,
          providerExecuted: true,
        })),
      });
      expect((await generateText({ ...options, messages })).text).toBe(`Then: ${outcome}`);
    }
  });
});
