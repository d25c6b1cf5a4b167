import { AppError, type ResponseEvent } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { says, ScriptedModel, type ScriptedTurn } from '@antiphon/engine/testing';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { newResponse } from '../testing/new-response.ts';
import { responsesDatabase } from '../testing/responses-database.ts';
import { testRunner } from '../testing/test-runner.ts';

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();
const bus = new MemoryBus();

const halfSaid: ScriptedTurn = {
  bursts: [[{ type: 'text', text: 'Half an ' }]],
  then: new AppError('model_error', 'The connection to the provider broke'),
};

async function claimed() {
  await stores.responses.insert(newResponse({ status: 'queued', background: true }));
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return { response: claim.response, lease: claim.lease, history: [], timeoutMs: 10_000, mayMove: true };
}

/** As between SIGSTOP and SIGCONT: afterwards timers run after the work that waits. */
function freeze(): void {
  const wakesAtMs = performance.now() + 100;
  while (performance.now() < wakesAtMs);
}

async function collect(events: AsyncIterable<readonly ResponseEvent[]>): Promise<void> {
  for await (const _ of events);
}

const stored = (id: string) => stores.responses.find(testCaller, id);

describe('a process that was frozen', () => {
  it('repeats no turn where another process took the run over while this one was frozen', async () => {
    const start = await claimed();
    const scripted = new ScriptedModel(halfSaid, says('Whole.'));
    const model: Pick<ScriptedModel, 'stream'> = {
      stream: async function* (...question) {
        for await (const deltas of scripted.stream(...question)) {
          yield deltas;
          await database.dataSource.query('update responses.responses set lease_epoch = lease_epoch + 1');
          freeze();
        }
      },
    };
    await collect(
      testRunner(stores, bus, { model }).runner.run(testCaller, { ...start, takeBack: () => true }),
    );
    expect(scripted.requests).toHaveLength(1);
    expect((await stored(start.response.id))?.status).toBe('in_progress');
  });

  it('requests no turn where another process took the run over before the claim arrived', async () => {
    const start = await claimed();
    await database.dataSource.query('update responses.responses set lease_epoch = lease_epoch + 1');
    freeze();
    const model = new ScriptedModel(says('Again.'));
    await collect(testRunner(stores, bus, { model }).runner.run(testCaller, start));
    expect(model.requests).toEqual([]);
    expect((await stored(start.response.id))?.status).toBe('in_progress');
  });
});
