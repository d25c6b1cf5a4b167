import { type Decision, type Response, type ResponseEvent } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { asks, says, ScriptedModel, ScriptedTools, serverTool } from '@antiphon/engine/testing';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { newResponse } from '../testing/new-response.ts';
import { responsesDatabase } from '../testing/responses-database.ts';
import { testRunner } from '../testing/test-runner.ts';
import { RunEvents } from './run-events.ts';

const { storesWith } = await responsesDatabase();
const stores = storesWith();
let bus: MemoryBus;
let events: RunEvents;
beforeEach(() => {
  bus = new MemoryBus();
  events = new RunEvents(stores.responses, stores.log, bus, {
    pollMs: 50,
    page: { burstsMax: 10, bytesMax: 100_000 },
  });
});

const tools = () => new ScriptedTools(serverTool('write', { approval: 'always' }));
const asksTwice = () =>
  new ScriptedModel(asks({ name: 'write', callId: 'a' }, { name: 'write', callId: 'b' }));

/** Stores a queued response, with a log or without, and runs it to its pause. */
async function paused({ isLogged, ...changes }: Partial<Response> & { isLogged: boolean }): Promise<string> {
  const response = newResponse({ status: 'queued', background: true, onPause: 'stay', ...changes });
  const log: ResponseEvent[] = [
    { type: 'response.created', response },
    { type: 'response.queued', response },
  ];
  await stores.responses.insertWith(response, {
    isRunning: false,
    log: isLogged ? log : null,
    key: null,
    decides: null,
  });
  await work(asksTwice());
  return response.id;
}

/** Claims the queued response and runs it until it stops. */
async function work(model: ScriptedModel): Promise<void> {
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  const log = { flushMs: 5, flushBytes: 200, bufferBytes: 2_000 };
  const { runner, keeper } = testRunner(stores, bus, { model, events, log, tools: tools() });
  const start = { ...claim, history: [], timeoutMs: 10_000, mayMove: true };
  for await (const _ of runner.run(testCaller, start)) void _;
  keeper.stop();
}

const decide = async (id: string, ...decisions: Decision[]) => {
  const decided = await stores.decisions.decide(testCaller, id, decisions, 'here');
  events.announce(id);
  return decided;
};
const accept = (callId: string): Decision => ({ callId, action: 'accept' });
const reject = (callId: string): Decision => ({ callId, action: 'reject', message: null });
const typesOf = (heard: readonly ResponseEvent[]) => heard.map(({ type }) => type);

/** Reads to the end, and resolves `heardPause` at the first pause. */
function read(id: string) {
  const pause = Promise.withResolvers<void>();
  const gone = new AbortController();
  const heard = (async () => {
    const all: ResponseEvent[] = [];
    for await (const burst of events.follow(testCaller, id, gone.signal)) {
      all.push(...burst);
      if (burst.some(({ type }) => type === 'response.requires_action')) pause.resolve();
    }
    return all;
  })();
  return { heard, heardPause: pause.promise, leave: () => gone.abort() };
}

describe('readers of a run that stays open', () => {
  it('get the decisions and what follows in one stream, live and afterwards', async () => {
    const id = await paused({ isLogged: true });
    const reader = read(id);
    await reader.heardPause;
    const first = await decide(id, reject('a'));
    expect(first?.response.status).toBe('requires_action');
    const second = await decide(id, accept('b'));
    expect(second?.response.status).toBe('queued');
    await work(new ScriptedModel(says('Done')));

    const live = await reader.heard;
    expect(
      typesOf(live.slice(first?.loggedFrom ?? 0)).filter((type) => type.startsWith('response.')),
    ).toEqual(['response.requires_action', 'response.queued', 'response.in_progress', 'response.completed']);
    const answers = live.flatMap((event) =>
      event.type === 'item.done' && event.item.type === 'approval_response' ? [event.item.decision] : [],
    );
    expect(answers).toMatchObject([{ action: 'reject' }, { action: 'accept', userId: testCaller.userId }]);
    expect(await read(id).heard).toEqual(live);
    expect(live.at(-1)).toEqual({
      type: 'response.completed',
      response: await stores.responses.find(testCaller, id),
    });
  });

  it('get the same items where no events are kept: the beginning at once, the rest at the end', async () => {
    const id = await paused({ isLogged: false });
    const reader = read(id);
    expect((await decide(id, accept('a'), accept('b')))?.loggedFrom).toBeNull();
    await work(new ScriptedModel(says('Done')));
    const rebuilt = await reader.heard;
    expect(typesOf(rebuilt)).not.toContain('response.requires_action');
    const begun = rebuilt.flatMap((event) => (event.type === 'item.added' ? [event.item] : []));
    expect(begun[0]).toMatchObject({ state: 'pending_approval', approvalRequestId: null });
    expect(rebuilt.at(-1)?.type).toBe('response.completed');
  });

  it('are refused where they need kept events and there are none', async () => {
    const id = await paused({ isLogged: false });
    const stays = new AbortController().signal;
    await expect(events.follow(testCaller, id, stays, { needsLog: true }).next()).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'starting_after',
    });
  });

  it('get the end where the run is cancelled while it waits', async () => {
    const id = await paused({ isLogged: true });
    const reader = read(id);
    await reader.heardPause;
    await stores.responses.cancel(testCaller, id);
    events.announce(id);
    expect((await reader.heard).at(-1)?.type).toBe('response.cancelled');
  });
});

it('a reader of a run that is handed back stops at the pause', async () => {
  const id = await paused({ isLogged: true, onPause: 'hand_back' });
  expect((await read(id).heard).at(-1)?.type).toBe('response.requires_action');
});
