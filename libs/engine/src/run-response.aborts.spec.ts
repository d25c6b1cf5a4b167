import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import type { ToolHost } from './ports.ts';
import { asks, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { callsOf, outputsOf, run, text, types } from './testing/run-scenario.ts';

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
    const tools: ToolHost = { list: never, listServer: never, listHosted: never, call: never };
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
      listHosted: () => Promise.reject(new Error('not called')),
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
