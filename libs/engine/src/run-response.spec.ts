import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { runResponse } from './run-response.ts';
import { countingIds, testCaller, testResponse } from '@antiphon/contracts/testing';
import {
  asks,
  clientTool,
  directSchemas,
  end,
  says,
  ScriptedModel,
  ScriptedTools,
  serverTool,
  testLimits,
} from './testing/index.ts';
import { run, text, types, textWith } from './testing/run-scenario.ts';

describe('an answer', () => {
  it('is streamed as it arrives and ends in one burst', async () => {
    const { bursts, response } = await run({ model: new ScriptedModel(says('Hel', 'lo')) });

    expect(bursts.map(types)).toEqual([
      ['item.added', 'text.delta'],
      ['text.delta'],
      ['model.finished', 'item.done', 'response.completed'],
    ]);
    expect(response).toMatchObject({
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'text', text: 'Hello' }], status: 'completed' }],
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
      modelUsed: 'test-model-1',
      completedAt: 5_000,
      error: null,
    });
  });

  it('keeps its parts in order, with their citations', async () => {
    const citation = { url: 'https://a.example', title: 'A', startIndex: 0, endIndex: 4 };
    const { response, events } = await run({
      model: new ScriptedModel({
        bursts: [
          [text('Well, '), { type: 'citation', citation }, { type: 'refusal', text: 'no' }],
          [text('but '), text('yes'), end('stop')],
        ],
      }),
    });

    expect(response.output).toMatchObject([
      {
        content: [
          { type: 'text', text: 'Well, ', citations: [citation] },
          { type: 'refusal', refusal: 'no' },
          { type: 'text', text: 'but yes' },
        ],
      },
    ]);
    expect(events).toContainEqual({ type: 'citation.added', index: 0, itemId: 'msg_1', citation });
  });

  it('keeps images after the text', async () => {
    const image = { type: 'image' as const, url: 'data:image/png;base64,AAAA' };
    const { response, events } = await run({
      model: new ScriptedModel({
        bursts: [[{ type: 'text', text: '', images: [image] }], [text('A cat.'), end('stop')]],
      }),
    });
    expect(response.output).toMatchObject([
      { type: 'message', content: [{ type: 'text', text: 'A cat.' }, image], status: 'completed' },
    ]);
    expect(types(events).filter((type) => type === 'text.delta')).toHaveLength(1);

    const alone = await run({
      model: new ScriptedModel({ bursts: [[{ type: 'text', text: '', images: [image] }, end('stop')]] }),
    });
    expect(alone.response.output).toMatchObject([{ content: [image] }]);
  });

  it("keeps the provider's data for the next turn, and the service tier", async () => {
    const origin = { provider: 'here', field: 'reasoning' as const };
    const callOrigin = { provider: 'here', extraContent: { signature: 'abc' } };
    const { response } = await run({
      model: new ScriptedModel({
        bursts: [
          [
            { type: 'reasoning_origin', origin },
            { type: 'reasoning', text: 'Hm' },
            { type: 'call', call: 0, callId: 'c', name: 'ask' },
            { type: 'call_origin', call: 0, origin: callOrigin },
            { ...(end('tool_calls') as Extract<ModelDelta, { type: 'end' }>), serviceTier: 'flex' },
          ],
        ],
      }),
      response: testResponse({ clientTools: [clientTool('ask')] }),
    });

    expect(response.output).toMatchObject([
      { type: 'reasoning', text: 'Hm', origin },
      { type: 'function_call', origin: callOrigin },
    ]);
    expect(response.output[0]).not.toHaveProperty('sealed');
    expect(response.serviceTierUsed).toBe('flex');
  });

  it('has sealed thoughts where the caller requests them', async () => {
    const model = new ScriptedModel({
      bursts: [[{ type: 'reasoning', text: 'Hm' }, text('Yes'), end('stop')]],
    });
    const response = testResponse({ sealsReasoning: true });
    const sealed = await run({ model, response, seal: ({ text: thought }) => `sealed ${thought}` });

    expect(sealed.response.output[0]).toMatchObject({ text: 'Hm', sealed: 'sealed Hm' });
  });

  it('that arrives in one burst is yielded in one burst', async () => {
    const { bursts } = await run({ model: new ScriptedModel({ bursts: [[text('Hello'), end('stop')]] }) });

    expect(bursts.map(types)).toEqual([
      ['item.added', 'text.delta', 'model.finished', 'item.done', 'response.completed'],
    ]);
  });

  it('keeps reasoning, text and refusal apart', async () => {
    const { response } = await run({
      model: new ScriptedModel({
        bursts: [
          [{ type: 'reasoning', text: 'Hm. ' }, text('I '), { type: 'reasoning', text: 'No.' }],
          [text('will not.'), { type: 'refusal', text: 'Sorry.' }, end('stop')],
        ],
      }),
    });

    expect(response.output).toMatchObject([
      { type: 'reasoning', text: 'Hm. ' },
      { type: 'message', content: [{ type: 'text', text: 'I ' }] },
      { type: 'reasoning', text: 'No.' },
      {
        type: 'message',
        content: [
          { type: 'text', text: 'will not.' },
          { type: 'refusal', refusal: 'Sorry.' },
        ],
      },
    ]);
  });

  it('without content is an empty message', async () => {
    const { response } = await run({ model: new ScriptedModel({ bursts: [[text(''), end('stop')]] }) });

    expect(response).toMatchObject({
      status: 'completed',
      output: [{ content: [{ type: 'text', text: '' }] }],
    });
  });

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)(
    'that ends by %s is incomplete, and its calls are not run',
    async (finishReason, incompleteReason) => {
      const tools = new ScriptedTools(serverTool('add'));
      const { response } = await run({
        model: new ScriptedModel({
          bursts: [
            [text('Half'), { type: 'call', call: 0, callId: 'c', name: 'add' }],
            [{ type: 'arguments', call: 0, text: '{}' }, end(finishReason)],
          ],
        }),
        tools,
      });

      expect(response).toMatchObject({
        status: 'incomplete',
        incompleteReason,
        completedAt: 5_000,
        usage: { totalTokens: 15 },
        output: [
          { type: 'message', status: 'completed' },
          { type: 'function_call', status: 'incomplete', state: 'done' },
        ],
      });
      expect(tools.calls).toEqual([]);
    },
  );

  it('without an end fails, keeps its content so far, and runs no calls', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    const { response } = await run({
      model: new ScriptedModel({
        bursts: [[text('Half')], [{ type: 'call', call: 0, callId: 'c', name: 'add' }]],
      }),
      tools,
    });

    expect(response).toMatchObject({
      status: 'failed',
      error: { code: 'model_error' },
      output: [{ content: [{ type: 'text', text: 'Half' }], status: 'completed' }, { status: 'incomplete' }],
    });
    expect(tools.calls).toEqual([]);
  });

  it('whose deltas are out of order fails and keeps its content so far', async () => {
    const { response } = await run({
      limits: { turnAttemptsMax: 1 },
      model: new ScriptedModel({ bursts: [[text('Hi'), { type: 'arguments', call: 3, text: '{' }]] }),
    });

    expect(response).toMatchObject({
      status: 'failed',
      error: { code: 'model_error' },
      output: [{ type: 'message' }],
    });
  });
});

describe('a consumer that stops early', () => {
  it('stops the tools and the model', async () => {
    let toolSignal: AbortSignal | undefined;
    const response = testResponse();
    const bursts = runResponse(
      testCaller,
      { response, history: [] },
      testLimits,
      {
        model: new ScriptedModel(asks({ name: 'fast' }, { name: 'hang' })),
        tools: new ScriptedTools(
          serverTool('fast'),
          serverTool('hang', {}, (_request, signal) => {
            toolSignal = signal;
            return new Promise(() => {});
          }),
        ),
        schemas: directSchemas,
        newId: countingIds(),
        now: () => 5_000,
      },
      new AbortController().signal,
    );
    for await (const burst of bursts) {
      if (types(burst).includes('tool.finished')) break;
    }

    expect(toolSignal?.aborted).toBe(true);
  });
});

describe('server tools that the caller names', () => {
  const chosen = (requiresServerTools: boolean) =>
    testResponse({
      serverTools: ['search', 'web_search'],
      ...(requiresServerTools && { requiresServerTools }),
    });
  const tools = new ScriptedTools(serverTool('search'));

  it('fail the run where one is not offered, and are left out where the caller did not name it', async () => {
    const refused = await run({ model: new ScriptedModel(), tools, response: chosen(true) });
    expect(refused.response).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_request', param: 'tools', message: textWith('tools names web_search') },
    });
    const went = await run({ model: new ScriptedModel(says('Hi')), tools, response: chosen(false) });
    expect(went.response).toMatchObject({ status: 'completed', error: null });
  });
});
