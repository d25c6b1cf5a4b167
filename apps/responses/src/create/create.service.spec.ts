import { once } from 'node:events';
import { type AppError, functionCall, responsesQueued, runsAdvanced } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import {
  createParts,
  createRequest,
  eventsOf,
  plain,
  stays,
  streamed,
  typesOf,
  userSays,
} from '../testing/create-parts.ts';
import { answering, ended, says } from '../testing/scripted-runner.ts';
import type { CreateOptions } from './create-options.ts';
import { lastResponse } from './response-events.ts';

const other = { ...testCaller, userId: 'user_b' };
const refusal = (code: AppError['code'], more: object = {}) =>
  expect.objectContaining({ code, ...more }) as AppError;
const key = { key: 'key-1', requestHash: 'hash-1' };

describe('a foreground create', () => {
  it('runs as its events are pulled, and has no row before its end', async () => {
    const { creates, memory, runner } = createParts();
    const events = await creates.create(testCaller, createRequest(), plain, stays);
    expect([memory.rows.size, runner.starts.length]).toEqual([0, 0]);
    const taken = await eventsOf(events);
    expect(taken.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.completed',
    ]);
    const end = lastResponse(taken);
    expect(end).toMatchObject({ status: 'completed', userId: testCaller.userId, output: [says('Hello')] });
    expect(runner.starts[0]).toMatchObject({
      lease: null,
      isUnread: true,
      timeoutMs: 60_000,
      mayMove: false,
    });
    expect(memory.rows.has(end?.id ?? '')).toBe(true);
  });

  it('has its row before its first event when it is streamed', async () => {
    const { creates, memory, runner } = createParts();
    const events = await creates.create(testCaller, createRequest(), streamed, stays);
    const [row] = memory.rows.values();
    expect(row).toMatchObject({ status: 'in_progress' });
    await eventsOf(events);
    expect(runner.starts[0]).toMatchObject({ lease: { responseId: row?.id }, isUnread: false });
  });

  it.each([plain, streamed])('leaves no row when it is not stored: %o', async (options) => {
    const { creates, memory } = createParts();
    expect(
      await typesOf(await creates.create(testCaller, createRequest({ stored: false }), options, stays)),
    ).toContain('response.completed');
    expect(memory.rows.size).toBe(0);
  });

  it('is cancelled when its client goes away', async () => {
    const { creates, runner } = createParts();
    const client = new AbortController();
    runner.script = async function* ({ response }, gone) {
      if (gone && !gone.aborted) await once(gone, 'abort');
      yield [{ type: 'response.cancelled', response: ended(response, { status: 'cancelled' }) }];
    };
    const events = eventsOf(await creates.create(testCaller, createRequest(), plain, client.signal));
    client.abort();
    expect((await events).at(-1)?.type).toBe('response.cancelled');
  });

  it('continues without its client when it is held open for tool outputs', async () => {
    const { creates, runner } = createParts();
    const client = new AbortController();
    const events = await creates.create(
      testCaller,
      createRequest({ onPause: 'hold' }),
      streamed,
      client.signal,
    );
    client.abort();
    expect(await typesOf(events)).toContain('response.completed');
    expect(runner.starts[0]?.gone).toBeUndefined();
  });

  it('records its end in the memory of its connection, with the history that it followed', async () => {
    const { creates, runner } = createParts();
    const history = [says('Earlier')];
    const noted: unknown[] = [];
    const memory = {
      recall: (id: string) => (id === 'resp_unstored' ? history : undefined),
      note: (...end: unknown[]) => noted.push(...end),
    };
    const request = createRequest({ stored: false, previousResponseId: 'resp_unstored' });
    await eventsOf(await creates.create(testCaller, request, { ...streamed, memory }, stays));
    expect(runner.starts[0]?.history).toBe(history);
    expect(noted).toEqual([expect.objectContaining({ status: 'completed' }), history]);
  });
});

describe('a background create', () => {
  const background = createRequest({ background: true });

  it('is queued, wakes the workers and returns its first events', async () => {
    const { creates, memory, runner, bus } = createParts();
    const rings: unknown[] = [];
    bus.subscribe(responsesQueued, (payload) => rings.push(payload));
    const types = await typesOf(await creates.create(testCaller, background, plain, stays));
    expect(types).toEqual(['response.created', 'response.queued']);
    expect([...memory.rows.values()]).toMatchObject([{ status: 'queued', startedAt: null }]);
    expect(memory.extras).toEqual([]); // no events are kept for readers
    await expect.poll(() => rings.length).toBe(1);
    expect(runner.starts).toEqual([]);
  });

  it('is followed to its end when it is streamed, and keeps its events', async () => {
    const { creates, memory, runEvents } = createParts();
    const events = await creates.create(testCaller, background, streamed, stays);
    const [row] = memory.rows.values();
    if (!row) throw new Error('it is not stored');
    expect(memory.extras[0]?.log).toHaveLength(2);
    const types: string[] = [];
    for await (const burst of events) {
      types.push(...burst.map(({ type }) => type));
      if (types.length !== 2) continue;
      // A worker ends it.
      memory.put(ended(row, { startedAt: 1_500 }));
      runEvents.announce(row.id);
    }
    expect(types).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.completed',
    ]);
  });

  it('is refused for a caller whose queue is full', async () => {
    const { creates, memory } = createParts({ limits: { LIMIT_QUEUED_RUNS: '2' } });
    memory.queuedBefore = 2;
    await expect(creates.create(testCaller, background, plain, stays)).rejects.toEqual(
      refusal('rate_limited'),
    );
    expect(memory.rows.size).toBe(0);
    await expect(creates.create(testCaller, createRequest(), plain, stays)).resolves.toBeDefined();
  });
});

describe('admission', () => {
  it('refuses stored responses of a caller whose storage is full', async () => {
    const { creates, figure } = createParts({ limits: { LIMIT_STORED_ROWS: '5' } });
    figure.rows = 5;
    await expect(creates.create(testCaller, createRequest(), plain, stays)).rejects.toEqual(
      refusal('forbidden', { reason: 'storage_limit_exceeded' }),
    );
    await expect(
      creates.create(testCaller, createRequest({ stored: false }), plain, stays),
    ).resolves.toBeDefined();
  });

  it.each([
    ['a private webhook URL', { webhookUrl: 'http://127.0.0.1/hook' }, 'webhook_url'],
    [
      'a private MCP server',
      {
        requestServers: [
          {
            label: 'local',
            access: { url: 'http://10.0.0.1/mcp', headers: {} },
            urlField: 'tools[0].server_url',
          },
        ],
      },
      'tools[0].server_url',
    ],
  ])('refuses %s', async (_what, changes, param) => {
    const { creates, memory } = createParts();
    await expect(creates.create(testCaller, createRequest(changes as object), plain, stays)).rejects.toEqual(
      refusal('invalid_request', { param }),
    );
    expect(memory.rows.size).toBe(0);
  });

  it('refuses a schema that cannot be used', async () => {
    const { creates } = createParts();
    const { settings } = createRequest();
    const schema = { type: 'object', properties: { a: { $ref: '#/nowhere' } } };
    const textFormat = {
      type: 'json_schema' as const,
      name: 'answer',
      schema,
      strict: false,
      description: null,
    };
    await expect(
      creates.create(testCaller, createRequest({ settings: { ...settings, textFormat } }), plain, stays),
    ).rejects.toEqual(refusal('invalid_request'));
  });

  it.each([plain, streamed])('stores nothing of a run that could not start: %o', async (options) => {
    const { creates, memory, runner } = createParts();
    runner.refusal = new Error('no such model');
    for (const background of [false, true])
      await expect(creates.create(testCaller, createRequest({ background }), options, stays)).rejects.toThrow(
        'no such model',
      );
    expect(memory.rows.size).toBe(0);
  });
});

describe('previous_response_id', () => {
  it('adds the earlier turns to the history of the run', async () => {
    const { creates, memory, runner } = createParts();
    memory.put(ended(testResponse({ id: 'resp_1', output: [says('Hello')] })));
    await eventsOf(
      await creates.create(testCaller, createRequest({ previousResponseId: 'resp_1' }), plain, stays),
    );
    expect(runner.starts[0]?.history).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
  });

  it.each([
    ['in_progress', 'conflict'],
    ['queued', 'conflict'],
    ['failed', 'invalid_request'],
    ['cancelled', 'invalid_request'],
  ] as const)('may not name a response that is %s', async (status, code) => {
    const { creates, memory } = createParts();
    memory.put(testResponse({ id: 'resp_1', status }));
    await expect(
      creates.create(testCaller, createRequest({ previousResponseId: 'resp_1' }), plain, stays),
    ).rejects.toEqual(refusal(code, { param: 'previousResponseId' }));
  });

  it('may not name a response of another user', async () => {
    const { creates, memory } = createParts();
    memory.put(ended(testResponse({ id: 'resp_1' })));
    await expect(
      creates.create(other, createRequest({ previousResponseId: 'resp_1' }), plain, stays),
    ).rejects.toEqual(refusal('not_found'));
  });

  it('needs the outputs of the calls that were handed back, and no others', async () => {
    const { creates, memory } = createParts();
    const call = functionCall({ id: 'fc_1', callId: 'call_1', name: 'weather', executor: 'client' });
    memory.put(ended(testResponse({ id: 'resp_1', output: [call] })));
    const output = (callId: string) => ({
      type: 'function_call_output' as const,
      id: `fco_${callId}`,
      callId,
      output: 'Sunny',
      status: 'completed' as const,
    });
    const following = (...input: ReturnType<typeof output>[]) =>
      creates.create(testCaller, createRequest({ previousResponseId: 'resp_1', input }), plain, stays);
    await expect(following()).rejects.toThrow('No tool output found for function call call_1');
    await expect(following(output('call_1'), output('call_2'))).rejects.toThrow('call_2');
    await expect(following(output('call_1'))).resolves.toBeDefined();
  });
});

describe('a conversation', () => {
  const inConversation = (
    conversation?: CreateOptions['conversation'],
    willStream = false,
  ): CreateOptions => ({
    willStream,
    conversation,
  });
  const request = createRequest({ conversationId: 'conv_1' });

  it('must exist unless the dialect lets callers choose its name', async () => {
    const { creates, memory } = createParts();
    await expect(creates.create(testCaller, request, inConversation(), stays)).rejects.toEqual(
      refusal('not_found'),
    );
    await creates.create(testCaller, request, inConversation('named'), stays);
    expect(memory.owners.get('conv_1')).toBe(testCaller.userId);
    await expect(creates.create(testCaller, request, inConversation(), stays)).resolves.toBeDefined();
  });

  it('of another user is `not_found`, or `forbidden` in dialects with ids of the server', async () => {
    const { creates, memory } = createParts();
    await memory.conversations.open(other, 'conv_1');
    await expect(creates.create(testCaller, request, inConversation(), stays)).rejects.toEqual(
      refusal('not_found'),
    );
    await expect(creates.create(testCaller, request, inConversation('existing'), stays)).rejects.toEqual(
      refusal('forbidden'),
    );
  });

  it('is created by a response, and inherited by the next one', async () => {
    const { creates, memory } = createParts();
    const [first] = await eventsOf(
      await creates.create(testCaller, createRequest(), inConversation('new', true), stays),
    );
    const [conversationId] = memory.owners.keys();
    if (first?.type !== 'response.created') throw new Error('it did not start');
    expect(first.response.conversationId).toBe(conversationId);
    const next = createRequest({ previousResponseId: first.response.id });
    const [second] = await eventsOf(
      await creates.create(testCaller, next, inConversation('inherited'), stays),
    );
    expect(second).toMatchObject({ response: { conversationId } });
  });

  it('has a row for its run, which reads the items that were added until then', async () => {
    const { creates, memory, runner } = createParts();
    await memory.conversations.open(testCaller, 'conv_1');
    memory.beforeInsert = () => void memory.added.set('conv_1', [says('Added')]);
    await eventsOf(await creates.create(testCaller, request, inConversation(), stays));
    expect(runner.starts[0]?.history).toEqual([says('Added')]);
  });

  it('may refuse a response while tool calls wait for decisions', async () => {
    const { creates, memory } = createParts();
    await memory.conversations.open(testCaller, 'conv_1');
    memory.put(testResponse({ id: 'resp_1', conversationId: 'conv_1', status: 'requires_action' }));
    const refusing = { ...inConversation(), refusesWhilePaused: true };
    await expect(creates.create(testCaller, request, refusing, stays)).rejects.toEqual(refusal('conflict'));
    await expect(creates.create(testCaller, request, inConversation(), stays)).resolves.toBeDefined();
  });
});

describe('an approval in the input', () => {
  it('decides the paused response together with the insert, and announces it', async () => {
    const { creates, memory, bus } = createParts();
    const call = functionCall({
      id: 'fc_1',
      callId: 'call_1',
      name: 'delete_file',
      executor: 'server',
      state: 'pending_approval',
    });
    memory.put(testResponse({ id: 'resp_1', status: 'requires_action', output: [call] }));
    const announced: (string | null)[] = [];
    bus.subscribe(runsAdvanced, (_payload, id) => announced.push(id), 'resp_1');
    const approval = {
      type: 'approval_response' as const,
      id: 'mcpr_1',
      approvalRequestId: 'fc_1',
      approve: true,
      reason: null,
      status: 'completed' as const,
    };
    const following = createRequest({ previousResponseId: 'resp_1', input: [approval] });
    await eventsOf(await creates.create(testCaller, following, plain, stays));
    expect(memory.extras).toMatchObject([{ decides: 'resp_1', isRunning: true, log: null }]);
    expect(memory.rows.get('resp_1')?.status).toBe('completed');
    await expect.poll(() => announced).toEqual(['resp_1']);
  });
});

describe('a repeated create', () => {
  it.each([plain, streamed])('gets the response of the first one: %o', async (options) => {
    const { creates, runner } = createParts();
    const [first] = await eventsOf(
      await creates.create(testCaller, createRequest(), { ...options, key }, stays),
    );
    let replays = 0;
    const repeated = { ...options, key, onReplay: () => void replays++ };
    const events = await eventsOf(await creates.create(testCaller, createRequest(), repeated, stays));
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { id: first?.type === 'response.created' && first.response.id },
    });
    expect([runner.starts.length, replays]).toEqual([1, 1]);
  });

  it('is refused with another request', async () => {
    const { creates } = createParts();
    await eventsOf(await creates.create(testCaller, createRequest(), { ...plain, key }, stays));
    const reused = { ...plain, key: { ...key, requestHash: 'hash-2' } };
    await expect(creates.create(testCaller, createRequest(), reused, stays)).rejects.toEqual(
      refusal('idempotency_key_reuse'),
    );
  });

  it('is refused while the first one runs in the foreground, but not in the background', async () => {
    const { creates, memory } = createParts();
    await creates.create(testCaller, createRequest(), { ...plain, key }, stays);
    await expect(creates.create(testCaller, createRequest(), { ...plain, key }, stays)).rejects.toEqual(
      refusal('idempotency_key_in_use'),
    );
    const [row] = memory.rows.values();
    if (row) memory.put({ ...row, background: true });
    expect(
      await typesOf(await creates.create(testCaller, createRequest(), { ...plain, key }, stays)),
    ).toEqual(['response.in_progress']);
  });

  it('is refused when the first one was not stored, or has been deleted', async () => {
    const { creates, memory, responses } = createParts();
    const unstored = createRequest({ stored: false });
    await eventsOf(await creates.create(testCaller, unstored, { ...plain, key }, stays));
    await expect(creates.create(testCaller, unstored, { ...plain, key }, stays)).rejects.toEqual(
      refusal('idempotency_key_in_use'),
    );
    const deleted = { ...plain, key: { ...key, key: 'key-2' } };
    await eventsOf(await creates.create(testCaller, createRequest(), deleted, stays));
    for (const id of [...memory.rows.keys()]) await responses.delete(testCaller, id);
    await expect(creates.create(testCaller, createRequest(), deleted, stays)).rejects.toEqual(
      refusal('idempotency_key_in_use'),
    );
  });

  it('gets the response of a concurrent one that was stored first', async () => {
    const { creates, memory, runner } = createParts();
    memory.beforeInsert = () => {
      memory.put(ended(testResponse({ id: 'resp_1' })));
      memory.keyed.set(key.key, { requestHash: key.requestHash, responseId: 'resp_1' });
    };
    const events = await eventsOf(
      await creates.create(testCaller, createRequest(), { ...plain, key }, stays),
    );
    expect(lastResponse(events)?.id).toBe('resp_1');
    expect(runner.starts).toEqual([]);
  });
});

describe('an answer that may be reused', () => {
  const reusing: CreateOptions = { willStream: true, mayReuse: true };

  it('is returned for an equal request, without a run', async () => {
    const { creates, runner } = createParts();
    await eventsOf(await creates.create(testCaller, createRequest(), reusing, stays));
    runner.script = answering('Another');
    const events = await eventsOf(await creates.create(testCaller, createRequest(), reusing, stays));
    expect(lastResponse(events)).toMatchObject({
      status: 'completed',
      isFromCache: true,
      output: [{ content: [{ type: 'text', text: 'Hello' }] }],
    });
    expect(runner.starts).toHaveLength(1);
  });

  it('is not used for another request, another user, or a request that does not allow it', async () => {
    const { creates, runner } = createParts();
    await eventsOf(await creates.create(testCaller, createRequest(), reusing, stays));
    const others: [typeof testCaller, Parameters<typeof createRequest>[0], CreateOptions][] = [
      [testCaller, { input: [userSays('Hello?')] }, reusing],
      [other, {}, reusing],
      [testCaller, {}, streamed],
    ];
    for (const [caller, changes, options] of others)
      await eventsOf(await creates.create(caller, createRequest(changes), options, stays));
    expect(runner.starts).toHaveLength(4);
  });
});

it('ends the foreground runs of a stopping process', async () => {
  const { foreground, runs } = createParts();
  const run = runs.start('resp_1');
  await foreground.beforeApplicationShutdown();
  expect(run.signal.reason).toMatchObject({ code: 'interrupted' });
});
