import { AppError, type Item, type ModelDelta } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { buildContext } from './turn/build-context.ts';
import { end, ScriptedModel } from './testing/index.ts';
import { run, text, types } from './testing/run-scenario.ts';

const says = (role: 'user' | 'assistant' | 'system', id: string, content = id): Item => ({
  type: 'message',
  id,
  role,
  content: [{ type: 'text', text: content }],
  status: 'completed',
});
const compaction = (id: string, summary: string): Item => ({
  type: 'compaction',
  id,
  text: summary,
  sealed: `sealed ${summary}`,
  status: 'completed',
});

describe('a response that compacts its context', () => {
  const history = [says('user', 'u_1'), says('assistant', 'm_1')];
  const response = testResponse({
    compacts: true,
    keepsContext: true,
    instructions: 'Be kind.',
    input: [says('user', 'u_2')],
    serverTools: 'all',
  });
  const compact = (bursts: ModelDelta[][], limits = {}) => {
    const model = new ScriptedModel({ bursts });
    const sealSummary = (summary: string) => `sealed ${summary}`;
    return run({ model, response, history, limits, sealSummary }).then((outcome) => ({ ...outcome, model }));
  };

  it('has one compaction, which the model writes without tools', async () => {
    const {
      response: ended,
      events,
      model,
    } = await compact([[{ type: 'reasoning', text: 'Hm.' }, text('All '), text('was said.'), end('stop')]]);
    expect(ended).toMatchObject({
      status: 'completed',
      output: [
        { type: 'compaction', text: 'All was said.', sealed: 'sealed All was said.', status: 'completed' },
      ],
    });
    expect(types(events)).toEqual(['item.added', 'model.finished', 'item.done', 'response.completed']);
    const [asked] = model.requests;
    expect(asked).toMatchObject({
      tools: [],
      instructions: expect.stringMatching(/^Be kind\.\n\nSum up/) as unknown,
    });
    expect(asked?.items.map((item) => item.type === 'message' && item.content)).toMatchObject([
      [{ text: 'u_1' }],
      [{ text: 'm_1' }],
      [{ text: 'u_2' }],
      [{ text: 'Sum up our conversation up to here.' }],
    ]);
  });

  it('leaves out the oldest part of a context that is too long', async () => {
    const { response: ended, model } = await compact([[text('Short.'), end('stop')]], {
      contextTokensMax: 80,
    });
    expect(ended.status).toBe('completed');
    expect(model.requests[0]?.items.length).toBeLessThan(4);
  });

  it('is repeated where the answer breaks off, and shows nothing of either', async () => {
    const model = new ScriptedModel(
      { bursts: [[text('Half')]], then: new AppError('model_error', 'The connection to the provider broke') },
      { bursts: [[text('Whole.'), end('stop')]] },
    );
    const { response: ended, events } = await run({ model, response, history });
    expect(ended.output).toMatchObject([{ type: 'compaction', text: 'Whole.' }]);
    expect(types(events)).toEqual([
      'item.added',
      'model.retried',
      'model.finished',
      'item.done',
      'response.completed',
    ]);
  });

  it('is incomplete where the summary was cut off, and fails without one', async () => {
    const cut = await compact([[text('All was'), end('length')]]);
    expect(cut.response).toMatchObject({
      status: 'incomplete',
      incompleteReason: 'max_output_tokens',
      output: [{ type: 'compaction', status: 'incomplete', sealed: '' }],
    });
    const empty = await compact([[text(' '), end('stop')]]);
    expect(empty.response).toMatchObject({ status: 'failed', error: { code: 'model_error' } });
    expect(empty.response.output).toMatchObject([{ type: 'compaction', status: 'incomplete' }]);
  });
});

it('the last compaction of a context replaces what was said before it, except by the caller', () => {
  const items = [
    says('system', 's'),
    says('user', 'u_1'),
    compaction('cmp_1', 'First.'),
    says('assistant', 'm_1'),
    says('user', 'u_2'),
    compaction('cmp_2', 'Second.'),
    says('assistant', 'm_2'),
  ];
  const context = buildContext(items, testResponse({ input: [] }), 100_000);
  expect(context.map(({ id }) => id)).toEqual(['s', 'u_1', 'u_2', 'cmp_2', 'm_2']);
  expect(context[3]).toMatchObject({
    type: 'message',
    role: 'user',
    content: [{ text: 'What was said before, summed up:\n\nSecond.' }],
  });
});
