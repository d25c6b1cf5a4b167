import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { testResponse } from '@antiphon/contracts/testing';
import { asks, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { type Scenario, callsOf, outputsOf, run, types } from './testing/run-scenario.ts';

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
