import { AppError, type ModelAttempt, type ModelDelta } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { asks, end, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { run, text } from './testing/run-scenario.ts';

const refused: ModelAttempt = {
  provider: 'red',
  model: 'large',
  outcome: 'rate_limited',
  kind: 'rate_limit',
  startedAfterMs: 0,
  durationMs: 12,
};
const answered: ModelAttempt = {
  provider: 'blue',
  model: 'large',
  outcome: 'ok',
  startedAfterMs: 12,
  durationMs: 340,
};
const routed = { provider: 'blue', attempts: [refused, answered], firstOutputMs: 90, costUsd: 0.0125 };
const endAt = (finishReason: 'stop' | 'tool_calls'): ModelDelta => ({
  ...end(finishReason, { raw: { prompt_tokens: 10 } }),
  ...routed,
});

describe('the record of a turn', () => {
  it('has where and how it was answered, and what it cost', async () => {
    const model = new ScriptedModel({ bursts: [[text('Hello'), endAt('stop')]] });
    const { response, events } = await run({ model });
    const course = { startedAt: 5_000, durationMs: 0, outcome: 'ok', ...routed };
    expect(response.turns).toEqual([
      {
        ...course,
        depth: 0,
        model: 'test-model-1',
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          totalTokens: 15,
          cachedInputTokens: 0,
          reasoningTokens: 0,
          raw: { prompt_tokens: 10 },
        },
      },
    ]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'model.finished', course }));
  });

  it('comes with the burst of its turn, before its tools run', async () => {
    const depths: unknown[] = [];
    const { response } = await run({
      model: new ScriptedModel(asks({ name: 'add' }), asks({ name: 'add' }), says('Done.')),
      tools: new ScriptedTools(serverTool('add')),
      onBurst: (burst) => {
        const last = burst.some(({ type }) => type === 'model.finished');
        if (last) depths.push(burst.flatMap((event) => ('depth' in event ? event.depth : []))[0]);
      },
    });
    expect(response.turns?.map(({ depth, outcome }) => [depth, outcome])).toEqual([
      [0, 'ok'],
      [1, 'ok'],
      [2, 'ok'],
    ]);
    expect(depths).toEqual([0, 1, 2]);
  });

  it('continues those of an earlier runner', async () => {
    const { response: before } = await run({ model: new ScriptedModel(says('Hello')) });
    const response = testResponse({ turns: before.turns ?? [] });
    const { response: after } = await run({ model: new ScriptedModel(says('Again')), response });
    expect(after.turns).toHaveLength(2);
  });
});

describe('a request that failed', () => {
  const source = { provider: 'red', model: 'large' };
  const broken = new AppError('model_error', 'The connection broke', { source, attempts: [refused] });

  it('has a record with its attempts, where the turn is requested again', async () => {
    const model = new ScriptedModel({ bursts: [[text('Half')]], then: broken }, says('Whole.'));
    const { response } = await run({ model, takeBack: () => true });
    expect(response.turns).toMatchObject([
      {
        depth: 0,
        outcome: 'model_error',
        provider: 'red',
        model: null,
        attempts: [refused],
        usage: { outputTokens: 1 },
        costUsd: null,
      },
      { depth: 0, outcome: 'ok' },
    ]);
  });

  it('has a record with its attempts, where the run fails; the error of the response has none', async () => {
    const none = new AppError('rate_limited', 'slow down', { attempts: [refused, refused] });
    const { response } = await run({ model: new ScriptedModel({ bursts: [], then: none }) });
    expect(response).toMatchObject({ status: 'failed', error: { code: 'rate_limited' } });
    expect(response.error).not.toHaveProperty('attempts');
    expect(response.turns).toMatchObject([
      {
        outcome: 'rate_limited',
        provider: null,
        attempts: [refused, refused],
        firstOutputMs: null,
        usage: { totalTokens: 0 },
      },
    ]);
  });

  it('has a record where the caller cancels the run', async () => {
    const abort = new AbortController();
    const { response } = await run({
      model: new ScriptedModel({ bursts: [[text('Half')]], then: 'hangs' }),
      signal: abort.signal,
      onBurst: () => abort.abort(new AppError('cancelled', 'gone')),
    });
    expect(response).toMatchObject({ status: 'cancelled', turns: [{ outcome: 'cancelled', attempts: [] }] });
  });
});
