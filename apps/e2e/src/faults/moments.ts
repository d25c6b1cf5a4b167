import { type ProviderCall, text, wait } from '@antiphon/service-kit/testing';
import { expect } from 'vitest';
import type { AppProcess } from '../system/app-process.ts';
import type { JanClient } from '../clients/jan-client.ts';
import type { FaultSystem } from './fault-system.ts';
import { endOf, MarkedRuns } from './marked-runs.ts';

/** The state of a run when a part dies. */
export const moments = ['queued', 'first turn', 'tool', 'between turns', 'end'] as const;
export type Moment = (typeof moments)[number];

export const victims = ['worker', 'responses', 'llm', 'mcp', 'nats', 'postgres'] as const;
export type Victim = (typeof victims)[number];

/** Helpers of the scenario. */
export interface Surroundings {
  jan: JanClient;
  runnerOf: (id: string) => Promise<AppProcess>;
  /** Keeps a run from saving its end. Resolves to the function that lets it. */
  lockRow: (id: string) => Promise<() => Promise<void>>;
  untilBlocked: () => Promise<void>;
}

const endTimeoutMs = 60_000;

/** Brings a run with a reading and a writing tool to a moment, kills one part of the system there, and checks the outcome. */
export async function dieAt(
  moment: Moment,
  victim: Victim,
  faults: FaultSystem,
  { jan, runnerOf, lockRow, untilBlocked }: Surroundings,
): Promise<void> {
  const { system, workers, effects } = faults;
  const { provider, receiver } = system;
  const mark = `${victim}-at-${moment.replace(' ', '-')}`;
  const marked = new MarkedRuns(effects, () => 0);
  marked.add({ mark, turns: [['read', 'write']] });
  const goOn = Promise.withResolvers<void>();
  const heldTurn = moment === 'first turn' ? 0 : moment === 'between turns' || moment === 'end' ? 1 : null;
  const turnOf = ({ toolOutputs }: ProviderCall) => (toolOutputs.length === 0 ? 0 : 1);
  provider.script = (call) =>
    turnOf(call) === heldTurn
      ? [text('Hm. '), wait(goOn.promise), ...marked.script(call)]
      : marked.script(call);
  const written = `/write/${mark}/0/1`;
  if (moment === 'tool') effects.hold(written);
  if (moment === 'queued') for (const worker of workers) worker.pause();
  const callsBefore = provider.calls.length;

  const created = await jan.create({
    input: mark,
    background: true,
    metadata: { webhook_url: receiver.at(mark) },
  });
  expect(created.status).toBe(200);
  const { id } = created.body;
  let unlock = async () => {};
  if (heldTurn !== null) await provider.call(callsBefore + heldTurn);
  if (moment === 'end') {
    unlock = await lockRow(id);
    goOn.resolve();
    await untilBlocked();
  }
  if (moment === 'tool') await effects.nth(written, 0);

  const runner = moment === 'queued' ? workers[0] : await runnerOf(id);
  const isBack = kill(victim, faults, runner);
  goOn.resolve();
  effects.release(written);
  await unlock();
  if (moment === 'queued')
    for (const worker of workers) if (worker !== runner || victim !== 'worker') worker.resume();
  await isBack;

  const body = () =>
    jan.get(id).then(
      ({ body }) => body,
      () => undefined,
    );
  await expect
    .poll(async () => (await body())?.status, { timeout: endTimeoutMs, message: mark })
    .toBe('completed');
  expect((await body())?.output).toMatch(new RegExp(`${endOf(mark)}$`));
  expect(marked.violations()).toEqual([]);
  await receiver.received(mark, 1);
  expect(new Set(receiver.deliveriesAt(mark).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
}

/** Resolves when the killed part runs again. */
async function kill(victim: Victim, faults: FaultSystem, runner: AppProcess): Promise<void> {
  if (victim === 'nats') return faults.killNats();
  if (victim === 'postgres') return faults.crashPostgres();
  const processes = {
    worker: [runner],
    responses: faults.responses,
    llm: [faults.system.app('llm')],
    mcp: [faults.system.app('mcp')],
  };
  await Promise.all(
    processes[victim].map(async (app) => {
      await app.kill();
      await app.start();
    }),
  );
}
