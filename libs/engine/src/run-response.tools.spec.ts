import { describe, expect, it } from 'vitest';
import { testResponse } from '@antiphon/contracts/testing';
import { asks, clientTool, end, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { callsOf, outputsOf, run, types } from './testing/run-scenario.ts';

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
