import { AppError, isRejected, type OutputCheck, type Response, textOf } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import type { SchemaChecker } from './output-schema/schema-checker.ts';
import { plainSettings, testResponse } from '@antiphon/contracts/testing';
import {
  asks,
  directSchemas,
  end,
  says,
  ScriptedModel,
  type ScriptedTurn,
  ScriptedTools,
  serverTool,
} from './testing/index.ts';
import { run, text, types, textWith } from './testing/run-scenario.ts';

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
