import {
  AppError,
  functionCall,
  type IdKind,
  type Item,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { countingIds, testCaller, testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { catchUp, keepUnfinished } from './catch-up.ts';
import { rebuildEvents } from './rebuild-events.ts';
import { asCreated, type LogEntry, Replay, toLogEntry } from './replay.ts';
import { runResponse } from '../run-response.ts';
import { decide } from '../tools/decisions.ts';
import {
  asks,
  brokenRules,
  clientTool,
  collectRun,
  directSchemas,
  end,
  says,
  ScriptedModel,
  ScriptedTools,
  serverTool,
  testLimits,
} from '../testing/index.ts';

const queued = () => testResponse({ background: true, status: 'queued', startedAt: null, queuedAt: 1_000 });
const claimed = (response: Response): Response => ({ ...response, status: 'in_progress', startedAt: 2_000 });

/** The events of a background run, from its creation on. */
async function recordRun(model: ScriptedModel, tools = new ScriptedTools(), changes: Partial<Response> = {}) {
  const created = { ...queued(), ...changes };
  const response = claimed(created);
  const opening: ResponseEvent[] = [
    { type: 'response.created', response: created },
    { type: 'response.queued', response: created },
    { type: 'response.in_progress', response },
  ];
  const ports = { model, tools, schemas: directSchemas, newId: countingIds(), now: () => 5_000 };
  const signal = new AbortController().signal;
  const run = await collectRun(
    response,
    runResponse(testCaller, { response, history: [] }, testLimits, ports, signal),
  );
  return { events: [...opening, ...run.events], response: run.response };
}

/** A run that waits for approval of three calls, and goes on when they are decided. */
async function recordDecidedRun() {
  const tools = new ScriptedTools(serverTool('write', { approval: 'always' }));
  const calls = ['a', 'b', 'c'].map((callId) => ({ name: 'write', callId }));
  const first = await recordRun(new ScriptedModel(asks(...calls)), tools, { onPause: 'stay' });
  const newId = countingIds();
  const decided = decide(
    first.response,
    [
      { callId: 'c', action: 'edit', arguments: '{"n":2}' },
      { callId: 'a', action: 'accept' },
      { callId: 'b', action: 'feedback', message: 'Ask first.' },
    ],
    { newId: (kind) => `${newId(kind)}_decided`, userId: 'user_b', decidedAt: 4_000 },
  );
  const going: Response = { ...decided.response, status: 'in_progress' };
  const opening: ResponseEvent[] = [
    { type: 'response.queued', response: { ...going, status: 'queued' } },
    { type: 'response.in_progress', response: going },
  ];
  const ids = countingIds();
  const ports = {
    model: new ScriptedModel(says('Done')),
    tools,
    schemas: directSchemas,
    newId: (kind: IdKind) => `${ids(kind)}_later`,
    now: () => 6_000,
  };
  const signal = new AbortController().signal;
  const run = await collectRun(
    going,
    runResponse(testCaller, { response: going, history: [] }, testLimits, ports, signal),
  );
  return { events: [...first.events, ...decided.events, ...opening, ...run.events], response: run.response };
}

const throughJson = (entries: LogEntry[]) => JSON.parse(JSON.stringify(entries)) as LogEntry[];

const scripts: Record<string, () => ReturnType<typeof recordRun>> = {
  'an answer': () => recordRun(new ScriptedModel(says('Hello', ' there'))),
  'a thought, a refusal': () =>
    recordRun(
      new ScriptedModel({
        bursts: [
          [{ type: 'reasoning', text: 'hm' }],
          [{ type: 'text', text: 'I' }],
          [{ type: 'refusal', text: ' will not' }],
          [end('stop')],
        ],
      }),
    ),
  'tools of ours': () =>
    recordRun(
      new ScriptedModel(
        asks({ name: 'search' }, { name: 'unknown' }),
        asks({ name: 'search' }),
        says('Found.'),
      ),
      new ScriptedTools(serverTool('search')),
    ),
  'a tool that failed': () =>
    recordRun(
      new ScriptedModel(asks({ name: 'search' }), says('Sorry.')),
      new ScriptedTools(serverTool('search', {}, () => Promise.reject(new AppError('tool_timeout', 'late')))),
    ),
  "a caller's function": () =>
    recordRun(new ScriptedModel(asks({ name: 'mine' })), new ScriptedTools(), {
      clientTools: [clientTool('mine')],
    }),
  'decisions about calls that waited': recordDecidedRun,
  'a failure': () => recordRun(new ScriptedModel({ bursts: [[{ type: 'text', text: 'Half' }]] })),
};

describe.each(Object.entries(scripts))('%s', (_name, script) => {
  it('is restored from its log unchanged', async () => {
    const { events, response } = await script();
    const replay = new Replay(response);
    expect(throughJson(events.map(toLogEntry)).map((entry) => replay.take(entry))).toEqual(events);
    expect(replay.known).toEqual(response);
  });

  it('can be rebuilt from the stored response, by the rules of a run', async () => {
    const { response } = await script();
    const events = rebuildEvents(response);
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
    ]);
    expect(brokenRules(asCreated(response), [events.slice(3)])).toEqual([]);
    expect(events.at(-1)).toEqual({ type: `response.${response.status}`, response });
  });
});

it('the rebuilt events of a running response are the first events of the ended one', async () => {
  const { response } = await recordRun(new ScriptedModel(says('Hello')));
  const whole = rebuildEvents(response);
  for (const status of ['queued', 'in_progress'] as const) {
    const earlier = { ...asCreated(response), status, startedAt: status === 'queued' ? null : 2_000 };
    const beginning = rebuildEvents(earlier);
    expect(whole.slice(0, beginning.length)).toEqual(beginning);
  }
});

describe('a run after a takeover', () => {
  const message = (id: string, text: string, status: Item['status']): Item => ({
    type: 'message',
    id,
    role: 'assistant',
    content: text === '' ? [] : [{ type: 'text', text }],
    status,
  });
  const half: ResponseEvent[] = [
    {
      type: 'item.added',
      index: 0,
      item: { type: 'reasoning', id: 'rs_1', text: '', status: 'in_progress' },
    },
    { type: 'reasoning.delta', index: 0, itemId: 'rs_1', delta: 'Let me' },
    { type: 'item.added', index: 1, item: message('msg_1', '', 'in_progress') },
    { type: 'text.delta', index: 1, itemId: 'msg_1', delta: 'Hal' },
    { type: 'text.delta', index: 1, itemId: 'msg_1', delta: 'f' },
  ];
  const heard = () => {
    const replay = new Replay(queued());
    replay.take(toLogEntry({ type: 'response.in_progress', response: claimed(queued()) }));
    for (const event of half) replay.take(toLogEntry(event));
    return replay;
  };

  it('ends an unfinished item, and the next item takes its place', () => {
    const replay = heard();
    const events = catchUp(replay.known, claimed(queued()));
    expect(events).toEqual([
      {
        type: 'item.done',
        index: 0,
        item: { type: 'reasoning', id: 'rs_1', text: 'Let me', status: 'incomplete' },
      },
      { type: 'item.done', index: 1, item: message('msg_1', 'Half', 'incomplete') },
    ]);
    const whole = message('msg_2', 'All of it', 'completed');
    const next: ResponseEvent[] = [
      { type: 'item.added', index: 0, item: message('msg_2', '', 'in_progress') },
      { type: 'item.done', index: 0, item: whole },
    ];
    for (const event of [...events, ...next]) replay.take(toLogEntry(event));
    expect(replay.known.output).toEqual([whole]);
  });

  it('drops an unfinished item also where no item takes its place', () => {
    const replay = heard();
    const failed = { ...claimed(queued()), status: 'failed' as const };
    for (const event of catchUp(replay.known, failed)) replay.take(toLogEntry(event));
    expect(replay.take(toLogEntry({ type: 'response.failed', response: failed }))).toMatchObject({
      response: { output: [] },
    });
  });

  it('keeps an unfinished item where it ends without a runner', () => {
    const { known } = heard();
    const kept = keepUnfinished(claimed(queued()), known);
    expect(kept.output).toMatchObject([
      { id: 'rs_1', text: 'Let me', status: 'incomplete' },
      { id: 'msg_1', content: [{ text: 'Half' }], status: 'incomplete' },
    ]);
    expect(catchUp(known, kept).map(({ type }) => type)).toEqual(['item.done', 'item.done']);
  });

  it('ends the complete calls of a turn that was not stored', () => {
    const output = [
      functionCall({ id: 'fc_1', callId: 'a', name: 'f', executor: 'server', state: 'approved' }),
      functionCall({ id: 'fc_2', callId: 'b', name: 'g', executor: 'client', state: 'pending_output' }),
      message('msg_1', 'Whole', 'completed'),
      message('msg_2', 'Hal', 'in_progress'),
    ];
    const known = { ...claimed(queued()), output };
    const left = [
      { id: 'fc_1', status: 'incomplete', state: 'done', error: { code: 'interrupted' } },
      { id: 'fc_2', status: 'completed', state: 'done', error: { code: 'interrupted' } },
      { id: 'msg_1', status: 'completed' },
      { id: 'msg_2', status: 'incomplete' },
    ];
    const ended = catchUp(known, claimed(queued()));
    expect(ended).toMatchObject([
      { type: 'item.changed', index: 0, item: left[0] },
      { type: 'item.changed', index: 1, item: left[1] },
      { type: 'item.done', index: 3, item: left[3] },
    ]);
    expect(keepUnfinished(claimed(queued()), known).output).toMatchObject(left);
  });

  it('has events for items that were stored without one', async () => {
    const { events, response } = await recordRun(
      new ScriptedModel(asks({ name: 'search' }), says('Found.')),
      new ScriptedTools(serverTool('search')),
    );
    const replay = new Replay(response);
    for (const event of events.slice(0, 6)) replay.take(toLogEntry(event));
    const missing = catchUp(replay.known, response);
    for (const event of missing) replay.take(toLogEntry(event));
    expect(replay.known.output).toEqual(response.output);
    expect(catchUp(replay.known, response)).toEqual([]);
  });
});
