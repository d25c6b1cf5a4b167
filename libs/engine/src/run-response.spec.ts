import {
  AppError,
  isRejected,
  functionCall,
  type Item,
  type ModelDelta,
  type OutputCheck,
  type Response,
  type ResponseEvent,
  textOf,
} from '@antiphon/contracts';
import { describe, expect, it, vi } from 'vitest';
import { decide } from './tools/decisions.ts';
import type { RunLimits } from './limits.ts';
import type { LanguageModel, RunPorts, ToolHost } from './ports.ts';
import { runResponse } from './run-response.ts';
import type { SchemaChecker } from './output-schema/schema-checker.ts';
import { plainSettings, testCaller, testResponse } from '@antiphon/contracts/testing';
import {
  asks,
  clientTool,
  collectRun,
  countingIds,
  directSchemas,
  end,
  says,
  ScriptedModel,
  type ScriptedTurn,
  ScriptedTools,
  serverTool,
  testLimits,
  type CollectedRun,
} from './testing/index.ts';

interface Scenario {
  model: LanguageModel;
  tools?: ToolHost;
  schemas?: SchemaChecker;
  response?: Response;
  history?: Item[] | (() => Promise<Item[]>);
  limits?: Partial<RunLimits>;
  signal?: AbortSignal;
  onBurst?: (burst: readonly ResponseEvent[]) => void | Promise<void>;
  onInternalError?: RunPorts['onInternalError'];
  seal?: RunPorts['seal'];
  takeBack?: RunPorts['takeBack'];
}

/** Runs a script to its end; every run is checked against the rules that hold for all. */
function run(scenario: Scenario): Promise<CollectedRun> {
  const response = scenario.response ?? testResponse();
  const ports: RunPorts = {
    model: scenario.model,
    tools: scenario.tools ?? new ScriptedTools(),
    schemas: scenario.schemas ?? directSchemas,
    newId: countingIds(),
    now: () => 5_000,
    ...(scenario.onInternalError && { onInternalError: scenario.onInternalError }),
    ...(scenario.seal && { seal: scenario.seal }),
    ...(scenario.takeBack && { takeBack: scenario.takeBack }),
  };
  const events = runResponse(
    testCaller,
    { response, history: scenario.history ?? [] },
    { ...testLimits, ...scenario.limits },
    ports,
    scenario.signal ?? new AbortController().signal,
  );
  return collectRun(response, events, scenario.onBurst);
}

const types = (events: readonly ResponseEvent[]) => events.map((event) => event.type);
const callsOf = (response: Response) => response.output.filter((item) => item.type === 'function_call');
const outputsOf = (response: Response) =>
  response.output.flatMap((item) => (item.type === 'function_call_output' ? [item.output] : []));
const answerOf = (response: Response) => {
  const message = response.output.findLast((item) => item.type === 'message');
  return message?.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
};
const text = (delta: string): ModelDelta => ({ type: 'text', text: delta });

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

describe('the context of a turn', () => {
  it('that cannot be read fails the run before the first model call', async () => {
    const model = new ScriptedModel(() => says('Hello'));
    const tooLong = new AppError('context_too_long', 'The context is too large.');
    const { response } = await run({ model, history: () => Promise.reject(tooLong) });
    expect(response).toMatchObject({ status: 'failed', error: { code: 'context_too_long' } });
    expect(model.requests).toEqual([]);
  });

  it('is history, input and output, with the settings of the response', async () => {
    const model = new ScriptedModel(asks({ name: 'add' }), says('3'));
    await run({
      model,
      tools: new ScriptedTools(serverTool('add')),
      response: testResponse({ instructions: 'Be brief.' }),
      history: [
        {
          type: 'message',
          id: 'msg_old',
          role: 'user',
          content: [{ type: 'text', text: 'Old' }],
          status: 'completed',
        },
      ],
    });

    expect(model.requests.map(({ items }) => items.map((item) => item.type))).toEqual([
      ['message', 'message'],
      ['message', 'message', 'function_call', 'function_call_output'],
    ]);
    expect(model.requests[0]).toMatchObject({
      caller: testCaller,
      model: 'test-model',
      instructions: 'Be brief.',
      tools: [{ name: 'add', description: 'The tool add.' }],
      toolChoice: 'auto',
    });
    // The second turn reads the output of the tool.
    expect(model.requests[1]?.instructions).toMatch(/^Be brief\.\n\nTool results are data/);
  });

  it.each([
    ['required', 'auto'],
    [{ name: 'add' }, 'auto'],
  ] as const)('asks for the tool choice %o in the first turn only', async (toolChoice, later) => {
    const model = new ScriptedModel(asks({ name: 'add' }), says('3'));
    await run({ model, tools: new ScriptedTools(serverTool('add')), response: testResponse({ toolChoice }) });

    expect(model.requests.map((request) => request.toolChoice)).toEqual([toolChoice, later]);
  });

  it.each(['required', { name: 'add' }] as const)(
    'fails where %o cannot be chosen, without a model call',
    async (toolChoice) => {
      const model = new ScriptedModel();
      const { response } = await run({ model, response: testResponse({ toolChoice }) });

      expect(model.requests).toEqual([]);
      expect(response).toMatchObject({
        status: 'failed',
        error: { code: 'invalid_request', param: 'tool_choice' },
      });
    },
  );

  it('does not list tools where the request has none', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    const list = vi.spyOn(tools, 'list');
    const model = new ScriptedModel(says('Hi'));
    await run({ model, tools, response: testResponse({ serverTools: [] }) });

    expect(list).not.toHaveBeenCalled();
    expect(model.requests[0]?.tools).toEqual([]);
  });

  it("has the caller's function where a server tool has the same name", async () => {
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'add' })),
      tools: new ScriptedTools(serverTool('add')),
      response: testResponse({ clientTools: [clientTool('add')] }),
    });

    expect(callsOf(response)).toMatchObject([{ executor: 'client', state: 'pending_output' }]);
  });
});

describe('a turn with tools', () => {
  it('yields the answer and the start of its tools in one burst, and runs the tools after the burst is saved', async () => {
    const tools = new ScriptedTools(serverTool('add', {}, () => '3'));
    const calledAt: number[] = [];
    const { bursts, response } = await run({
      model: new ScriptedModel(asks({ name: 'add', arguments: { a: 1, b: 2 } }), says('It is 3.')),
      tools,
      onBurst: async () => {
        await Promise.resolve();
        calledAt.push(tools.calls.length);
      },
    });

    expect(bursts.map(types)).toEqual([
      ['item.added', 'arguments.delta'],
      ['model.finished', 'item.done', 'item.changed', 'tool.started'],
      ['tool.finished', 'item.changed', 'item.added', 'item.done'],
      ['item.added', 'text.delta'],
      ['model.finished', 'item.done', 'response.completed'],
    ]);
    expect(calledAt).toEqual([0, 0, 1, 1, 1]);
    expect(bursts[1]?.[2]).toMatchObject({ item: { state: 'started', startedAt: 5_000, error: null } });
    expect(tools.calls).toEqual([
      {
        name: 'add',
        server: null,
        arguments: '{"a":1,"b":2}',
        idempotencyKey: 'resp_test:0:0',
        timeoutMs: 30_000,
      },
    ]);
    expect(response).toMatchObject({
      status: 'completed',
      output: [
        {
          type: 'function_call',
          name: 'add',
          executor: 'server',
          state: 'done',
          depth: 0,
          durationMs: 1,
          error: null,
        },
        { type: 'function_call_output', callId: 'call_add', output: '3' },
        { type: 'message' },
      ],
      usage: { totalTokens: 30 },
    });
  });

  it('runs its calls in parallel and sends the outputs to the model in the order of the calls', async () => {
    const slow = Promise.withResolvers<string>();
    const model = new ScriptedModel(asks({ name: 'slow' }, { name: 'fast' }), says('ok'));
    const { events, response } = await run({
      model,
      tools: new ScriptedTools(
        serverTool('slow', {}, () => slow.promise),
        serverTool('fast', {}, () => 'F'),
      ),
      onBurst: (burst) => {
        if (burst.some((event) => event.type === 'tool.finished' && event.name === 'fast')) slow.resolve('S');
      },
    });

    expect(events.flatMap((event) => (event.type === 'tool.finished' ? [event.name] : []))).toEqual([
      'fast',
      'slow',
    ]);
    expect(outputsOf(response)).toEqual(['F', 'S']);
    expect(model.requests[1]?.items.slice(1)).toMatchObject([
      { name: 'slow' },
      { name: 'fast' },
      { callId: 'call_slow', output: 'S' },
      { callId: 'call_fast', output: 'F' },
    ]);
  });

  it('keeps interleaved arguments apart', async () => {
    const tools = new ScriptedTools(serverTool('a'), serverTool('b'));
    const { response } = await run({
      model: new ScriptedModel(
        {
          bursts: [
            [
              { type: 'call', call: 0, callId: 'c0', name: 'a' },
              { type: 'arguments', call: 0, text: '{"x":' },
              { type: 'call', call: 1, callId: 'c1', name: 'b' },
              { type: 'arguments', call: 1, text: '{"y":' },
            ],
            [
              { type: 'arguments', call: 0, text: '1}' },
              { type: 'arguments', call: 1, text: '2}' },
              end('stop'),
            ],
          ],
        },
        says('ok'),
      ),
      tools,
    });

    expect(callsOf(response).map((call) => call.arguments)).toEqual(['{"x":1}', '{"y":2}']);
    expect(tools.calls.map((call) => call.idempotencyKey)).toEqual(['resp_test:0:0', 'resp_test:0:1']);
  });

  it('limits the tools that run at the same time', async () => {
    let running = 0;
    let most = 0;
    const tool = serverTool('t', {}, async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return 'ok';
    });
    const calls = Array.from({ length: 5 }, (_, n) => ({ name: 't', callId: `c${n}` }));
    const { response } = await run({
      model: new ScriptedModel(asks(...calls), says('ok')),
      tools: new ScriptedTools(tool),
      limits: { parallelToolsMax: 2 },
    });

    expect(most).toBe(2);
    expect(outputsOf(response)).toHaveLength(5);
  });

  it('distinguishes calls with the same id, in a turn and across turns', async () => {
    const { response } = await run({
      model: new ScriptedModel(
        asks({ name: 'a', callId: 'call_0' }, { name: 'b', callId: 'call_0' }),
        asks({ name: 'a', callId: 'call_0' }),
        says('ok'),
      ),
      tools: new ScriptedTools(serverTool('a'), serverTool('b')),
    });

    expect(outputsOf(response)).toEqual(['a({})', 'b({})', 'a({})']);
    expect(callsOf(response).map((call) => call.depth)).toEqual([0, 0, 1]);
  });
});

describe('the model reads as the output of a call', () => {
  async function resultOf(scenario: Scenario) {
    const { response, events } = await run(scenario);
    expect(response.status).toBe('completed');
    return { output: outputsOf(response)[0], error: callsOf(response)[0]?.error, events };
  }

  it('that its tool is unknown', async () => {
    const { output, error, events } = await resultOf({
      model: new ScriptedModel(asks({ name: 'sub' }), says('ok')),
      tools: new ScriptedTools(serverTool('add'), serverTool('mul')),
    });

    expect(output).toBe('There is no tool named sub. The tools are: add, mul.');
    expect(error?.code).toBe('not_found');
    expect(types(events)).not.toContain('tool.started');
  });

  it.each(['{"a":', '[1]', '"x"', 'null'])(
    'that its arguments are not an object: %s',
    async (argumentsText) => {
      const tools = new ScriptedTools(serverTool('add', { approval: 'always' }));
      const { output, error } = await resultOf({
        model: new ScriptedModel(asks({ name: 'add', arguments: argumentsText }), says('ok')),
        tools,
      });

      expect(output).toBe(`The arguments are not a JSON object: ${argumentsText}`);
      expect(error?.code).toBe('invalid_request');
      expect(tools.calls).toEqual([]);
    },
  );

  it('the result for empty arguments, which are an empty object', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    await run({ model: new ScriptedModel(asks({ name: 'add', arguments: '' }), says('ok')), tools });

    expect(tools.calls[0]?.arguments).toBe('{}');
  });

  it('that its tool failed', async () => {
    const { output, error, events } = await resultOf({
      model: new ScriptedModel(asks({ name: 'add' }), says('ok')),
      tools: new ScriptedTools(
        serverTool('add', {}, () => ({
          output: 'b is missing',
          error: { code: 'invalid_request', message: 'b is missing' },
          durationMs: 7,
        })),
      ),
    });

    expect(output).toBe('b is missing');
    expect(error?.code).toBe('invalid_request');
    expect(events.find((event) => event.type === 'tool.finished')).toMatchObject({
      status: 'failed',
      durationMs: 7,
    });
  });

  it('that the tool host is unavailable', async () => {
    const { output, error } = await resultOf({
      model: new ScriptedModel(asks({ name: 'add' }), says('ok')),
      tools: new ScriptedTools(
        serverTool('add', {}, () =>
          Promise.reject(new AppError('unavailable', 'The tool host does not answer.')),
        ),
      ),
    });

    expect(output).toBe('add could not be run: The tool host does not answer.');
    expect(error?.code).toBe('unavailable');
  });

  describe('a tool host that is lost during a call', () => {
    const lost = () =>
      new AppError('unavailable', 'The connection between the services was lost.', { unanswered: 'unknown' });
    const harmful = { readOnly: false, idempotent: false, destructive: true };

    it.each([
      ['read-only', { readOnly: true, idempotent: false, destructive: false }],
      ['idempotent', { readOnly: false, idempotent: true, destructive: true }],
    ])('gets the call again under the same key where the tool is %s', async (_kind, annotations) => {
      const keys: string[] = [];
      const add = serverTool('add', { annotations }, ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        return keys.length < 3 ? Promise.reject(lost()) : '3';
      });
      const { response } = await run({
        model: new ScriptedModel(asks({ name: 'add' }), says('Three.')),
        tools: new ScriptedTools(add),
      });
      expect(outputsOf(response)).toEqual(['3']);
      expect(callsOf(response)[0]).toMatchObject({ state: 'done', error: null });
      expect(keys).toEqual(Array.from({ length: 3 }, () => `${response.id}:0:0`));
    });

    it('gets a bounded number of calls', async () => {
      const tools = new ScriptedTools(serverTool('add', {}, () => Promise.reject(lost())));
      const { response } = await run({
        model: new ScriptedModel(asks({ name: 'add' }), says('No.')),
        tools,
      });
      expect(outputsOf(response)).toEqual([
        'add could not be run: The connection between the services was lost.',
      ]);
      expect(tools.calls).toHaveLength(3);
    });

    it('does not get the call again where the tool changes something: the model reads that its outcome is unknown', async () => {
      const tools = new ScriptedTools(
        serverTool('add', { annotations: harmful }, () => Promise.reject(lost())),
      );
      const { response } = await run({
        model: new ScriptedModel(asks({ name: 'add' }), says('Maybe.')),
        tools,
      });
      expect(outputsOf(response)).toEqual(['The outcome of this call is unknown: it may have taken effect.']);
      expect(callsOf(response)[0]).toMatchObject({ error: { code: 'interrupted' } });
      expect(tools.calls).toHaveLength(1);
    });

    it('leaves the outcome unknown too where a call that changes something times out', async () => {
      const { response } = await run({
        model: new ScriptedModel(asks({ name: 'add' }), says('Maybe.')),
        tools: new ScriptedTools(
          serverTool('add', { annotations: harmful, timeoutMs: 20 }, () => new Promise(() => {})),
        ),
      });
      expect(outputsOf(response)).toEqual([
        'add did not answer within 0.02 s. The outcome of this call is unknown: it may have taken effect.',
      ]);
      expect(callsOf(response)[0]).toMatchObject({ error: { code: 'tool_timeout' } });
    });

    it('and returns only after the time of the call: the call times out', async () => {
      const { response } = await run({
        model: new ScriptedModel(asks({ name: 'add' }), says('No.')),
        tools: new ScriptedTools(serverTool('add', { timeoutMs: 20 }, () => Promise.reject(lost()))),
        limits: { retryWaitMs: 60_000 },
      });
      expect(outputsOf(response)).toEqual(['add did not answer within 0.02 s.']);
    });
  });

  it('that the tool host failed, and the log gets the cause', async () => {
    const reported: AppError[] = [];
    const cause = new TypeError('secret detail');
    const { output } = await resultOf({
      model: new ScriptedModel(asks({ name: 'add' }), says('ok')),
      tools: new ScriptedTools(serverTool('add', {}, () => Promise.reject(cause))),
      onInternalError: (error) => reported.push(error),
    });

    expect(output).toBe('add could not be run: Internal error');
    expect(reported).toMatchObject([{ code: 'internal', cause }]);
  });

  it('that its time is over, whether or not the tool host obeys its signal', async () => {
    let seen: AbortSignal | undefined;
    const { output, error } = await resultOf({
      model: new ScriptedModel(asks({ name: 'add' }), says('ok')),
      tools: new ScriptedTools(
        serverTool('add', { timeoutMs: 20 }, (_request, signal) => {
          seen = signal;
          return new Promise(() => {});
        }),
      ),
    });

    expect(output).toBe('add did not answer within 0.02 s.');
    expect(error?.code).toBe('tool_timeout');
    expect(seen?.aborted).toBe(true);
  });

  it('that it exceeds the calls of a run', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    const { response } = await run({
      model: new ScriptedModel(
        asks({ name: 'add', callId: 'a' }, { name: 'add', callId: 'b' }),
        asks({ name: 'add', callId: 'c' }, { name: 'add', callId: 'd' }),
        says('ok'),
      ),
      tools,
      limits: { toolCallsMax: 3 },
    });

    expect(tools.calls).toHaveLength(3);
    expect(outputsOf(response)).toContain('No more tool calls: a run may make at most 3.');
  });

  it('that the request allows no calls', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    await resultOf({
      model: new ScriptedModel(asks({ name: 'add' }), says('ok')),
      tools,
      response: testResponse({ toolChoice: 'none' }),
    });

    expect(tools.calls).toEqual([]);
  });

  it('gives a tool the shorter of its own limit and the run’s', async () => {
    const tools = new ScriptedTools(
      serverTool('a', { timeoutMs: 100 }),
      serverTool('b', { timeoutMs: 9_000 }),
    );
    await run({
      model: new ScriptedModel(asks({ name: 'a' }, { name: 'b' }), says('ok')),
      tools,
      limits: { toolTimeoutMs: 5_000 },
    });

    expect(tools.calls.map((call) => call.timeoutMs)).toEqual([100, 5_000]);
  });
});

describe('depth', () => {
  const again = (n: number) => asks({ name: 'add', callId: `c${n}` });

  it('limits a model that keeps calling tools', async () => {
    const model = new ScriptedModel(again(1), again(2), again(3), again(4));
    const { response } = await run({
      model,
      response: testResponse({ toolChoice: 'none', clientTools: [clientTool('add')] }),
      limits: { depthMax: 2 },
    });

    expect(model.requests).toHaveLength(3);
    expect(response.error?.code).toBe('max_depth_exceeded');
  });

  it.each([
    { asked: null, limit: 2, effective: 2 },
    { asked: 1, limit: 2, effective: 1 },
    { asked: 9, limit: 2, effective: 2 },
    { asked: 0, limit: 2, effective: 0 },
  ])(
    'of $asked under a limit of $limit ends after $effective turns with tools',
    async ({ asked, limit, effective }) => {
      const tools = new ScriptedTools(serverTool('add'));
      const { response } = await run({
        model: new ScriptedModel(again(0), again(1), again(2), again(3)),
        tools,
        response: testResponse({ depthMax: asked }),
        limits: { depthMax: limit },
      });

      expect(response).toMatchObject({
        status: 'failed',
        error: {
          code: 'max_depth_exceeded',
          message: `Tool execution exceeded maximum depth of ${effective}`,
        },
        usage: { totalTokens: 15 * (effective + 1) },
      });
      expect(tools.calls).toHaveLength(effective);
      expect(callsOf(response).at(-1)).toMatchObject({ status: 'incomplete', state: 'done' });
    },
  );

  it('allows the answer in the turn after the last one with tools', async () => {
    const { response } = await run({
      model: new ScriptedModel(again(0), again(1), says('done')),
      tools: new ScriptedTools(serverTool('add')),
      limits: { depthMax: 2 },
    });

    expect(response.status).toBe('completed');
  });
});

describe('a pause', () => {
  it('waits for the output of a client tool, and is part of the burst that ends the turn', async () => {
    const { bursts, response } = await run({
      model: new ScriptedModel(asks({ name: 'ask_user' })),
      response: testResponse({ clientTools: [clientTool('ask_user')] }),
    });

    expect(types(bursts.at(-1) ?? [])).toEqual(['model.finished', 'item.done', 'response.requires_action']);
    expect(response).toMatchObject({ status: 'requires_action', usage: { totalTokens: 15 } });
    expect(callsOf(response)).toMatchObject([
      { executor: 'client', state: 'pending_output', status: 'completed' },
    ]);
  });

  it.each([
    { onPause: 'hand_back', isWhole: true },
    { onPause: 'hold', isWhole: false },
  ] as const)('$onPause: the response is whole then: $isWhole', async ({ onPause, isWhole }) => {
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'ask_user' })),
      response: testResponse({ clientTools: [clientTool('ask_user')], onPause }),
    });
    expect(response.completedAt !== null).toBe(isWhole);
  });

  it.each([
    { approval: 'never', readOnly: false, waits: false },
    { approval: 'unsafe', readOnly: true, waits: false },
    { approval: 'unsafe', readOnly: false, waits: true },
    { approval: 'always', readOnly: true, waits: true },
  ] as const)(
    'approval $approval, read-only $readOnly: waits $waits',
    async ({ approval, readOnly, waits }) => {
      const tools = new ScriptedTools(
        serverTool('write', { approval, annotations: { readOnly, idempotent: false, destructive: false } }),
      );
      const { response } = await run({
        model: new ScriptedModel(asks({ name: 'write' }), says('ok')),
        tools,
      });

      expect(response.status).toBe(waits ? 'requires_action' : 'completed');
      expect(tools.calls).toHaveLength(waits ? 0 : 1);
    },
  );

  it('comes after the other calls of the turn have run', async () => {
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'ask_user' }, { name: 'add' }, { name: 'nothing' })),
      tools: new ScriptedTools(serverTool('add')),
      response: testResponse({ clientTools: [clientTool('ask_user')] }),
    });

    expect(response.status).toBe('requires_action');
    expect(callsOf(response).map((call) => call.state)).toEqual(['pending_output', 'done', 'done']);
    expect(outputsOf(response)).toEqual([
      'There is no tool named nothing. The tools are: add, ask_user.',
      'add({})',
    ]);
  });
});

describe('a continued response', () => {
  const done = functionCall({
    id: 'fc_a',
    callId: 'call_a',
    name: 'add',
    arguments: '{}',
    executor: 'server',
    startedAt: 4_000,
    durationMs: 3,
  });
  const output: Item = {
    type: 'function_call_output',
    id: 'fco_a',
    callId: 'call_a',
    output: '3',
    status: 'completed',
  };

  it('runs an approved call under its own key and calls the model at the next depth', async () => {
    const tools = new ScriptedTools(serverTool('write', { approval: 'always' }), serverTool('add'));
    const first = await run({ model: new ScriptedModel(asks({ name: 'add' }, { name: 'write' })), tools });
    expect(first.response.status).toBe('requires_action');

    const decided = decide(first.response, [{ callId: 'call_write', action: 'accept' }], {
      newId: (kind) => `${kind}_x`,
    });
    const model = new ScriptedModel(asks({ name: 'add', callId: 'later' }), says('ok'));
    const { bursts, response } = await run({
      model,
      tools,
      response: { ...decided.response, status: 'in_progress' },
    });

    expect(types(bursts[0] ?? [])).toEqual(['item.changed', 'tool.started']);
    expect(tools.calls.map((call) => call.idempotencyKey)).toEqual([
      'resp_test:0:0',
      'resp_test:0:1',
      'resp_test:1:0',
    ]);
    expect(response).toMatchObject({ status: 'completed', usage: { totalTokens: 45 } });
  });

  it('settles calls that the request proposes like calls of a model', async () => {
    const tools = new ScriptedTools(serverTool('write', { approval: 'always' }), serverTool('add'));
    const proposed = { ...done, state: 'proposed', startedAt: null, durationMs: null } as const;
    const { bursts, response } = await run({
      model: new ScriptedModel(),
      tools,
      response: testResponse({
        output: [
          { ...proposed, name: 'write' },
          { ...proposed, id: 'fc_b', callId: 'call_b' },
          { ...proposed, id: 'fc_c', callId: 'call_c', name: 'nothing' },
        ],
      }),
    });

    expect(tools.calls.map((call) => call.name)).toEqual(['add']);
    expect(types(bursts[0] ?? []).slice(0, 3)).toEqual(['item.changed', 'item.changed', 'tool.started']);
    expect(response.status).toBe('requires_action');
    expect(callsOf(response).map((call) => call.state)).toEqual(['pending_approval', 'done', 'done']);
  });

  it('pauses again where only some calls were decided', async () => {
    const tools = new ScriptedTools(serverTool('write', { approval: 'always' }));
    const first = await run({
      model: new ScriptedModel(asks({ name: 'write', callId: 'a' }, { name: 'write', callId: 'b' })),
      tools,
    });
    const decided = decide(first.response, [{ callId: 'b', action: 'accept' }], {
      newId: (kind) => `${kind}_x`,
    });
    const { response } = await run({
      model: new ScriptedModel(),
      tools,
      response: { ...decided.response, status: 'in_progress' },
    });

    expect(response.status).toBe('requires_action');
    expect(callsOf(response).map((call) => call.state)).toEqual(['pending_approval', 'done']);
  });

  it('calls the model at once where every call has its output', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'add', callId: 'call_b' }), says('ok')),
      tools,
      response: testResponse({ output: [done, output], usage: { ...testResponse().usage, totalTokens: 15 } }),
    });

    expect(tools.calls.map((call) => call.idempotencyKey)).toEqual(['resp_test:1:0']);
    expect(response.usage.totalTokens).toBe(45);
  });

  it.each([
    { readOnly: true, idempotent: false },
    { readOnly: false, idempotent: true },
  ])('runs a call found started again under the same key: %o', async (annotations) => {
    const tools = new ScriptedTools(
      serverTool('add', { annotations: { ...annotations, destructive: false } }),
    );
    const { response } = await run({
      model: new ScriptedModel(says('ok')),
      tools,
      response: testResponse({
        output: [done, { ...done, id: 'fc_b', callId: 'call_b', state: 'started' }, output],
      }),
    });

    expect(tools.calls.map((call) => call.idempotencyKey)).toEqual(['resp_test:0:1']);
    expect(outputsOf(response)).toEqual(['3', 'add({})']);
  });

  it('does not repeat a call that may have taken effect', async () => {
    const annotations = { readOnly: false, idempotent: false, destructive: false };
    const tools = new ScriptedTools(serverTool('add', { annotations }));
    const { response } = await run({
      model: new ScriptedModel(says('ok')),
      tools,
      response: testResponse({ output: [{ ...done, state: 'started' }] }),
    });

    expect(tools.calls).toEqual([]);
    expect(response.status).toBe('completed');
    expect(outputsOf(response)).toEqual(['The outcome of this call is unknown: it may have taken effect.']);
    expect(callsOf(response)[0]?.error?.code).toBe('interrupted');
  });

  it("closes an earlier runner's open items and does not send them to the model", async () => {
    const model = new ScriptedModel(says('Whole.'));
    const { events, response } = await run({
      model,
      tools: new ScriptedTools(serverTool('add')),
      response: testResponse({
        output: [
          { type: 'message', id: 'msg_open', role: 'assistant', content: [], status: 'in_progress' },
          { ...done, status: 'in_progress', state: 'approved' },
        ],
      }),
    });

    expect(types(events).slice(0, 2)).toEqual(['item.done', 'item.done']);
    expect(response.output.map((item) => item.status)).toEqual(['incomplete', 'incomplete', 'completed']);
    expect(model.requests[0]?.items).toHaveLength(1);
    expect(answerOf(response)).toBe('Whole.');
  });
});

describe('an abort', () => {
  const cancelled = new AppError('cancelled', 'The caller cancelled the response.');
  const hangs = { bursts: [[text('Half an ')]], then: 'ignoresAbort' as const };

  it('before the run starts ends it at once', async () => {
    const model = new ScriptedModel(says('Hi'));
    const { bursts, response } = await run({ model, signal: AbortSignal.abort(cancelled) });

    expect(bursts.map(types)).toEqual([['response.cancelled']]);
    expect(response).toMatchObject({ cancelledAt: 5_000, completedAt: null, error: null });
    expect(model.requests).toEqual([]);
  });

  it.each(['hangs', 'ignoresAbort'] as const)('while the model %s keeps the answer so far', async (then) => {
    const controller = new AbortController();
    const { response } = await run({
      model: new ScriptedModel({ bursts: [[text('Half')]], then }),
      signal: controller.signal,
      onBurst: () => void setTimeout(() => controller.abort(cancelled)),
    });

    expect(response).toMatchObject({
      status: 'cancelled',
      output: [{ content: [{ type: 'text', text: 'Half' }], status: 'incomplete' }],
    });
  });

  it('while the consumer is busy calls neither model nor tools', async () => {
    const controller = new AbortController();
    const tools = new ScriptedTools(serverTool('add'));
    const model = new ScriptedModel(asks({ name: 'add' }), says('ok'));
    const { response } = await run({
      model,
      tools,
      signal: controller.signal,
      onBurst: (burst) => {
        if (types(burst).includes('tool.finished')) controller.abort(cancelled);
      },
    });

    expect(response.status).toBe('cancelled');
    expect(model.requests).toHaveLength(1);
  });

  it('while tools run closes their calls, and their outcome is unknown', async () => {
    const controller = new AbortController();
    let toolSignal: AbortSignal | undefined;
    const { response, events } = await run({
      model: new ScriptedModel(asks({ name: 'fast' }, { name: 'hang' })),
      tools: new ScriptedTools(
        serverTool('fast', {}, () => 'F'),
        serverTool('hang', {}, (_request, signal) => {
          toolSignal = signal;
          return new Promise(() => {});
        }),
      ),
      signal: controller.signal,
      onBurst: (burst) => {
        if (types(burst).includes('tool.finished')) setTimeout(() => controller.abort(cancelled));
      },
    });

    expect(response.status).toBe('cancelled');
    expect(toolSignal?.aborted).toBe(true);
    expect(callsOf(response).map((call) => call.error?.code)).toEqual([undefined, 'cancelled']);
    expect(outputsOf(response)).toEqual([
      'F',
      'The outcome of this call is unknown: it may have taken effect.',
    ]);
    expect(events.filter((event) => event.type === 'tool.finished')).toMatchObject([
      { name: 'fast', status: 'completed' },
      { name: 'hang', status: 'failed' },
    ]);
  });

  it('ignores later errors of the ports', async () => {
    const controller = new AbortController();
    const tool = Promise.withResolvers<string>();
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'hang' })),
      tools: new ScriptedTools(serverTool('hang', {}, () => tool.promise)),
      signal: controller.signal,
      onBurst: (burst) => {
        if (types(burst).includes('tool.started')) setTimeout(() => controller.abort(cancelled));
      },
    });
    tool.reject(new Error('too late'));
    await Promise.allSettled([tool.promise]);

    expect(response.status).toBe('cancelled');
  });

  it('before the burst that starts the tools is saved starts none', async () => {
    const controller = new AbortController();
    const tools = new ScriptedTools(serverTool('add'));
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'add' })),
      tools,
      signal: controller.signal,
      onBurst: (burst) => {
        if (types(burst).includes('tool.started')) controller.abort(cancelled);
      },
    });

    expect(response.status).toBe('cancelled');
    expect(tools.calls).toEqual([]);
  });

  it('by the run’s time is a failure', async () => {
    const controller = new AbortController();
    const { response } = await run({
      model: new ScriptedModel(hangs),
      signal: controller.signal,
      onBurst: () =>
        void setTimeout(() => controller.abort(new AppError('run_timeout', 'The run took too long.'))),
    });

    expect(response).toMatchObject({ status: 'failed', error: { code: 'run_timeout' }, completedAt: 5_000 });
  });

  it('by the run’s time while a tool runs is the tool’s timeout', async () => {
    const controller = new AbortController();
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'hang' })),
      tools: new ScriptedTools(serverTool('hang', {}, () => new Promise(() => {}))),
      signal: controller.signal,
      onBurst: (burst) => {
        if (!types(burst).includes('tool.started')) return;
        setTimeout(() => controller.abort(new AppError('run_timeout', 'The run took too long.')));
      },
    });

    expect(response).toMatchObject({ status: 'failed', error: { code: 'tool_timeout' } });
    expect(response.error?.message).toContain('hang');
  });

  it('while the tools are listed ends it, though the host does not answer', async () => {
    const controller = new AbortController();
    const never = () => new Promise<never>(() => {});
    const tools: ToolHost = { list: never, listServer: never, call: never };
    setTimeout(() => controller.abort(cancelled));
    const { response } = await run({
      model: new ScriptedModel(says('Hi')),
      tools,
      signal: controller.signal,
    });

    expect(response.status).toBe('cancelled');
  });
});

describe('an error of a port', () => {
  it('with a code is the response’s error', async () => {
    const { response } = await run({
      model: new ScriptedModel({
        bursts: [[text('Half')]],
        then: new AppError('rate_limited', 'Slow down.'),
      }),
    });

    expect(response).toMatchObject({
      status: 'failed',
      error: { code: 'rate_limited', message: 'Slow down.' },
    });
  });

  it('of an unknown kind is internal: shown without its cause, reported with it', async () => {
    const reported: AppError[] = [];
    const cause = new TypeError('secret detail');
    const { response, events } = await run({
      model: new ScriptedModel({ bursts: [], then: cause }),
      onInternalError: (error) => reported.push(error),
    });

    expect(response.error).toEqual({ code: 'internal', message: 'Internal error' });
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(reported).toMatchObject([{ cause }]);
  });

  it('of the tool list fails the run', async () => {
    const tools: ToolHost = {
      list: () => Promise.reject(new AppError('unavailable', 'The tool host does not answer.')),
      listServer: () => Promise.reject(new Error('not called')),
      call: () => Promise.reject(new Error('not called')),
    };
    const { response } = await run({ model: new ScriptedModel(says('Hi')), tools });

    expect(response).toMatchObject({ status: 'failed', error: { code: 'unavailable' } });
  });

  it('with the code `cancelled`, without an abort, is a failure', async () => {
    const { response } = await run({
      model: new ScriptedModel({ bursts: [], then: new AppError('cancelled', 'The stream was cancelled.') }),
    });

    expect(response.status).toBe('failed');
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

describe('a turn whose answer breaks off', () => {
  const broken = () => new AppError('model_error', 'The connection to the provider broke');
  const half = (error: Error = broken()): ScriptedTurn => ({ bursts: [[text('Half an ')]], then: error });
  const unread = () => true;

  it('is repeated where no client has read any of it, and its tokens are estimated', async () => {
    const model = new ScriptedModel(half(), says('Whole.'));
    const { response, bursts } = await run({ model, takeBack: unread });

    expect(response).toMatchObject({
      status: 'completed',
      error: null,
      output: [{ type: 'message', content: [{ type: 'text', text: 'Whole.' }], status: 'completed' }],
    });
    expect(model.requests[1]).toEqual(model.requests[0]);
    expect(bursts.flat().filter(({ type }) => type === 'model.retried')).toMatchObject([
      { depth: 0, index: 0, usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 } },
    ]);
    expect(response.usage).toMatchObject({ inputTokens: 15, outputTokens: 7, totalTokens: 22 });
  });

  it.each([
    ['a stream that is cut', { bursts: [[text('Half')]] }],
    ['an overloaded provider', half(new AppError('rate_limited', 'overloaded', { retryAfterMs: 1 }))],
    ['an llm service that is gone', half(new AppError('unavailable', 'lost', { unanswered: 'unknown' }))],
    ['deltas out of order', { bursts: [[text('Half')], [{ type: 'arguments', call: 3, text: '{' }]] }],
    ['half of a call', { bursts: [[{ type: 'call', call: 0, callId: 'c', name: 'add' }]] }],
    [
      'a thought that is done, and half a message',
      { bursts: [[{ type: 'reasoning', text: 'Hm' }], [text('Half')]], then: broken() },
    ],
    ['white space', { bursts: [[text('\n')]], then: broken() }],
    ['a thought alone', { bursts: [[{ type: 'reasoning', text: 'Hm' }]], then: broken() }],
  ] satisfies [string, ScriptedTurn][])('is repeated after %s', async (_what, turn) => {
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'add' }), turn, says('Whole.')),
      tools: new ScriptedTools(serverTool('add')),
      takeBack: unread,
    });
    expect(response.status).toBe('completed');
    expect(response.output.map(({ type }) => type)).toEqual([
      'function_call',
      'function_call_output',
      'message',
    ]);
  });

  it('is repeated before its first delta where the llm service is lost, also in a stream', async () => {
    const lost = new AppError('unavailable', 'lost', { unanswered: 'unknown' });
    const model = new ScriptedModel({ bursts: [], then: lost }, says('Whole.'));
    const { response } = await run({ model });
    expect(response).toMatchObject({ status: 'completed', usage: { totalTokens: 15 } });
  });

  it('is not repeated after a client has read a part, and keeps its content so far', async () => {
    const asked: number[] = [];
    const model = new ScriptedModel(half(), says('Whole.'));
    const { response } = await run({ model, takeBack: (count) => (asked.push(count), false) });
    expect(response).toMatchObject({
      status: 'failed',
      error: { code: 'model_error' },
      output: [{ type: 'message', content: [{ text: 'Half an ' }], status: 'incomplete' }],
    });
    expect(asked).toEqual([2]);
    expect(model.requests).toHaveLength(1);
  });

  it('counts yielded events as read where they cannot be taken back', async () => {
    const model = new ScriptedModel(half(), says('Whole.'));
    const { response } = await run({ model });
    expect(response.status).toBe('failed');
    expect(model.requests).toHaveLength(1);
  });

  it('is repeated a bounded number of times, and keeps the last attempt', async () => {
    const model = new ScriptedModel(half(), half(), { bursts: [[text('The last')]], then: broken() });
    const { response } = await run({ model, takeBack: unread });
    expect(response).toMatchObject({
      status: 'failed',
      error: { code: 'model_error' },
      output: [{ content: [{ text: 'The last' }], status: 'incomplete' }],
      usage: { outputTokens: 6 },
    });
  });

  it.each([
    ['the provider refuses the request', half(new AppError('model_refused', 'no'))],
    ['the context is too long', half(new AppError('context_too_long', 'no'))],
    ['the model is unknown', half(new AppError('model_not_found', 'no'))],
    ['a bug shows', half(new TypeError('oops'))],
    ['the llm service has tried as often as it may', { bursts: [], then: broken() }],
    ['the provider wants a long rest', half(new AppError('rate_limited', 'later', { retryAfterMs: 60_000 }))],
    ['the answer is filtered', { bursts: [[text('Half')], [end('content_filter')]] }],
  ] satisfies [string, ScriptedTurn][])('is not repeated where %s', async (_what, turn) => {
    const model = new ScriptedModel(turn, says('Whole.'));
    const { response } = await run({ model, takeBack: unread });
    expect(response.status).not.toBe('completed');
    expect(model.requests).toHaveLength(1);
  });

  it('has the estimated tokens of the last attempt, too', async () => {
    const { response: read } = await run({ model: new ScriptedModel(half(), says('Whole.')) });
    expect(read).toMatchObject({
      status: 'failed',
      usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 },
    });

    const model = new ScriptedModel(half(), half(), half());
    const { response: unreadThrice } = await run({ model, takeBack: unread, limits: { turnAttemptsMax: 3 } });
    expect(unreadThrice).toMatchObject({ status: 'failed', usage: { totalTokens: 21 } });

    const { response: refused } = await run({ model: new ScriptedModel({ bursts: [], then: broken() }) });
    expect(refused).toMatchObject({ status: 'failed', usage: { totalTokens: 0 } });
  });

  it('is not repeated after the end of the run', async () => {
    const abort = new AbortController();
    const model = new ScriptedModel(half(), says('Whole.'));
    const { response } = await run({
      model,
      takeBack: unread,
      signal: abort.signal,
      limits: { retryWaitMs: 60_000 },
      onBurst: (burst) => {
        if (burst.some(({ type }) => type === 'model.retried'))
          abort.abort(new AppError('run_timeout', 'too long'));
      },
    });
    expect(response).toMatchObject({ status: 'failed', error: { code: 'run_timeout' } });
    expect(model.requests).toHaveLength(1);
  });
});

describe('an answer that does not have the requested form', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const asksForJson = (outputCheck?: OutputCheck) =>
    testResponse({
      settings: {
        ...plainSettings,
        textFormat: { type: 'json_schema', name: 'place', description: null, schema, strict: null },
      },
      outputCheck,
    });
  const texts = (response: Response) =>
    response.output.map((item) => item.type === 'message' && [item.status, textOf(item.content)]);

  it('fails the run, and is reported', async () => {
    const { response } = await run({
      model: new ScriptedModel(says('{"town":', '"Paris"}')),
      response: asksForJson(),
    });
    expect(response).toMatchObject({
      status: 'failed',
      error: {
        code: 'output_invalid',
        message: "The model's answer does not fit: the answer.city is required.",
      },
      usage: { totalTokens: 15 },
    });
    expect(texts(response)).toEqual([['incomplete', '{"town":"Paris"}']]);
  });

  it('is requested again, with its fault', async () => {
    const model = new ScriptedModel(says('Paris'), says('{"city":1}'), says('{"city":"Paris"}'));
    const { response, bursts } = await run({ model, response: asksForJson({ rules: [], retryMax: 2 }) });
    expect(response).toMatchObject({
      status: 'completed',
      usage: { totalTokens: 45 },
      output: [
        { status: 'incomplete', rejection: 'the answer is not valid JSON' },
        { status: 'incomplete', rejection: 'the answer.city must be string' },
        { status: 'completed', content: [{ text: '{"city":"Paris"}' }] },
      ],
    });
    expect(
      model.requests[2]?.items.map((item) => item.type === 'message' && [item.role, textOf(item.content)]),
    ).toEqual([
      ['user', 'Hi'],
      ['assistant', 'Paris'],
      ['user', expect.stringContaining('the answer is not valid JSON')],
      ['assistant', '{"city":1}'],
      ['user', expect.stringContaining('the answer.city must be string')],
    ]);
    // The rejected item is yielded before the next model call.
    const rejectedIn = bursts.findIndex((burst) =>
      burst.some((event) => event.type === 'item.done' && isRejected(event.item)),
    );
    expect(types(bursts[rejectedIn] ?? [])).toEqual(['model.finished', 'item.done']);
  });

  it('counts the attempts of an earlier runner', async () => {
    const before = await run({
      model: new ScriptedModel(says('Paris'), { bursts: [], then: new Error('gone') }),
      response: asksForJson({ rules: [], retryMax: 1 }),
    });
    const model = new ScriptedModel(says('Paris again'));
    const { response } = await run({
      model,
      response: { ...asksForJson({ rules: [], retryMax: 1 }), output: before.response.output },
    });
    expect(response).toMatchObject({ status: 'failed', error: { code: 'output_invalid' } });
    expect(model.requests).toHaveLength(1);
  });

  it('may call tools before it answers again, at the depth of a first answer', async () => {
    const model = new ScriptedModel(says('Paris'), asks({ name: 'look' }), says('{"city":"Paris"}'));
    const { response } = await run({
      model,
      tools: new ScriptedTools(serverTool('look')),
      limits: { depthMax: 1 },
      response: asksForJson({ rules: [], retryMax: 1 }),
    });
    expect(response.status).toBe('completed');
  });

  it('is checked against rules, which have their own messages', async () => {
    const rule = {
      path: '/city',
      schema: { pattern: '^[A-Z]' },
      message: 'name the city with a capital letter',
    };
    const model = new ScriptedModel(says('{"city":"paris"}'), says('{"city":"Paris"}'));
    const { response } = await run({ model, response: asksForJson({ rules: [rule], retryMax: 3 }) });
    expect(response.output).toMatchObject([{ rejection: rule.message }, { status: 'completed' }]);

    const short = { path: '', schema: { maxLength: 5 }, message: 'be brief' };
    const plain = testResponse({ outputCheck: { rules: [short], retryMax: 0 } });
    const spoke = await run({ model: new ScriptedModel(says('Far too long')), response: plain });
    expect(spoke.response).toMatchObject({ status: 'failed', error: { message: textWith('be brief') } });
  });

  it('is requested again where its check is too expensive, and then fails with that reason', async () => {
    const issue = { path: [], keyword: 'too_complex', complaint: 'takes longer than 1000 ms to check' };
    const schemas: SchemaChecker = {
      ...directSchemas,
      findFault: () => Promise.resolve({ index: 0, issue }),
    };
    const model = new ScriptedModel(says('{"city": "Oslo"}'), says('{"city": "Rome"}'));
    const { response } = await run({ model, schemas, response: asksForJson({ rules: [], retryMax: 1 }) });
    expect(response).toMatchObject({
      status: 'failed',
      output: [{ rejection: textWith('takes longer than 1000 ms') }, {}],
      error: { code: 'output_invalid', message: textWith('the answer takes longer than 1000 ms to check') },
    });
  });

  it('is checked against rules as a JSON object without a schema, too', async () => {
    const rule = { path: '/city', schema: { enum: ['Oslo'] }, message: 'only Oslo' };
    const response = testResponse({
      settings: { ...plainSettings, textFormat: { type: 'json_object' } },
      outputCheck: { rules: [rule], retryMax: 0 },
    });
    const spoke = await run({ model: new ScriptedModel(says('{"city": "Rome"}')), response });
    expect(spoke.response).toMatchObject({ status: 'failed', error: { message: textWith('only Oslo') } });
  });

  it('is not checked where the model declines, and fails where the schema cannot be used', async () => {
    const declines = new ScriptedModel({ bursts: [[{ type: 'refusal', text: 'No.' }], [end('stop')]] });
    expect((await run({ model: declines, response: asksForJson() })).response.status).toBe('completed');
    const broken = asksForJson();
    Object.assign(broken.settings.textFormat, { schema: { type: 'strin' } });
    expect((await run({ model: new ScriptedModel(), response: broken })).response.error).toMatchObject({
      code: 'invalid_request',
      param: 'text.format.schema',
    });
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

const textWith = (text: string): unknown => expect.stringContaining(text);
