import type { JsonObject, ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';
import { after, answer, found, webTools } from './__fixtures__/demo-answer.ts';
import { DemoProvider } from './demo.ts';

describe('answers', () => {
  it('come in several deltas with plausible usage', async () => {
    const { deltas, text, end } = await answer(modelRequest('Hello!'));
    expect(deltas.length).toBeGreaterThan(5);
    expect(end.usage.inputTokens).toBeGreaterThan(0);
    expect(end.usage.outputTokens).toBe(Math.ceil(text.length / 4));
    expect(end.usage.totalTokens).toBe(end.usage.inputTokens + end.usage.outputTokens);
    expect(text).toContain('demo provider');
  });

  it('come in one burst where no client reads them as they come', async () => {
    const bursts: ModelDelta[][] = [];
    const request = { ...modelRequest('Hello!'), gather: true };
    for await (const burst of new DemoProvider().stream(request, new AbortController().signal))
      bursts.push(burst);
    expect(bursts).toHaveLength(1);
    expect(bursts[0]?.map(({ type }) => type)).toEqual(['text', 'end']);
    const { text } = await answer(modelRequest('Hello!'));
    expect(bursts[0]?.[0]).toMatchObject({ text });
  });

  it('are the same for the same request', async () => {
    const request = modelRequest('What is new in AI?');
    expect((await answer(request)).text).toBe((await answer(request)).text);
  });

  it('respect the token limit', async () => {
    const { text, end } = await answer(modelRequest('Hello!', { settings: { maxOutputTokens: 5 } }));
    expect(text.length).toBeLessThanOrEqual(20);
    expect(end.finishReason).toBe('length');
  });

  it('are valid JSON where a schema is given', async () => {
    const schema: JsonObject = {
      type: 'object',
      properties: { city: { type: 'string' }, answer: { type: 'string' } },
      required: ['city', 'answer'],
    };
    const textFormat = { type: 'json_schema' as const, name: 'x', description: null, schema, strict: true };
    const { text } = await answer(modelRequest('Which river flows in Paris?', { settings: { textFormat } }));
    expect(JSON.parse(text)).toEqual({
      city: 'Paris',
      answer: expect.stringContaining('Which river flows in Paris?') as string,
    });
    const object = await answer(
      modelRequest('Hello!', { settings: { textFormat: { type: 'json_object' } } }),
    );
    expect(JSON.parse(object.text)).toHaveProperty('answer');
  });

  it.each([
    ['Say "hello world"', 'hello world'],
    ['Reply with exactly: OK', 'OK'],
    ['What is 2+2?', '2 + 2 = 4.'],
  ])('to "%s" are plain', async (text, expected) => {
    expect((await answer(modelRequest(text))).text).toBe(expected);
  });

  it('repeat facts that the user gave earlier', async () => {
    const items = [...modelRequest('My name is Ada.').items, ...modelRequest('What is my name?').items];
    expect((await answer(modelRequest('', { items }))).text).toBe('Your name is Ada.');
  });

  it('end when the request is aborted', async () => {
    const bursts = new DemoProvider().stream(modelRequest('Hello!'), AbortSignal.abort());
    await expect(bursts.next()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('are given to any text', async () => {
    for (const text of [
      '',
      ' ',
      '🎉',
      'a'.repeat(100_000),
      '((((',
      '"“',
      'https://',
      '\\u0000 [^]',
      `${'what '.repeat(5_000)}?`,
    ]) {
      expect((await answer(modelRequest(text, { tools: webTools }))).end.finishReason).toMatch(
        /stop|tool_calls/,
      );
    }
  });
});

describe('after the tools', () => {
  it('answers from their outputs', async () => {
    const items = after('What is the weather?', {
      name: 'google_search',
      args: { q: 'weather' },
      output: found,
    });
    const { calls, text } = await answer(modelRequest('', { items, tools: webTools }));
    expect(calls).toEqual([]);
    expect(text).toContain('It is sunny.');
    expect(text).toContain('https://one.example/a');
  });

  it('reads the pages of a search once, where the user or the system asks for it', async () => {
    const text = 'Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations';
    const search = { name: 'google_search', args: { q: 'x' }, output: found };
    const scrape = {
      name: 'scrape',
      args: { url: 'https://one.example/a' },
      output: 'A page about https://three.example/c',
    };
    const next = modelRequest('', { items: after(text, search), tools: webTools });
    expect((await answer(next)).calls).toEqual([['scrape', { url: 'https://one.example/a' }]]);
    expect((await answer({ ...next, toolChoice: 'none' })).calls).toEqual([]);
    expect(
      (
        await answer({
          ...next,
          items: after('Find news', search),
          instructions: 'Use search and scraping tools',
        })
      ).calls,
    ).toHaveLength(1);
    const last = await answer({ ...next, items: after(text, search, scrape) });
    expect(last.calls).toEqual([]);
    expect(last.text).toContain('A page about');
  });

  it('reports tools that failed', async () => {
    const items = after('Find news', {
      name: 'google_search',
      output: 'No search engine is configured.',
      hasFailed: true,
    });
    expect((await answer(modelRequest('', { items, tools: webTools }))).text).toBe(
      'google_search did not work: No search engine is configured.',
    );
  });

  it('calls no further tool, even where one is required', async () => {
    const items = after('Search and scrape the top result', { name: 'scrape', output: '' });
    for (const toolChoice of ['auto', 'required', { name: 'scrape' }] as const) {
      expect((await answer(modelRequest('', { items, tools: webTools, toolChoice }))).calls).toEqual([]);
    }
  });

  it('starts anew with the next message', async () => {
    const items = [
      ...after('Find news', { name: 'google_search', output: found }),
      ...modelRequest('What is the weather in Oslo?').items,
    ];
    expect((await answer(modelRequest('', { items, tools: webTools }))).calls).toEqual([
      ['google_search', { q: 'weather in Oslo' }],
    ]);
  });
});
