import { hostname } from 'node:os';
import { text, toolCall } from '@antiphon/service-kit/testing';
import pg from 'pg';
import { afterAll, afterEach, expect } from 'vitest';
import type { AppProcess } from '../system/app-process.ts';
import type { JanClient, JanResponse } from '../clients/jan-client.ts';
import { FaultSystem } from './fault-system.ts';
import { endedTwice, keepJournal, movesOf } from './journal.ts';

/** `npm run test:faults` runs long; `npm test` has a short form. */
export const isLong = process.env.FAULTS === 'long';

/** The statement that ends a run, as it waits for the row. */
export const blockedEnd = `wait_event_type = 'Lock' and query like 'with new as materialized (%'`;

/** The system for all faults, which ends with the spec. After each test no response may have ended twice. */
async function startFaults(): Promise<{ faults: FaultSystem; jan: JanClient }> {
  const faults = await FaultSystem.start();
  await keepJournal(faults);
  afterAll(() => faults.stop());
  afterEach(async () => expect(endedTwice(await movesOf(faults))).toEqual([]));
  return { faults, jan: await faults.system.jan() };
}

let started: ReturnType<typeof startFaults> | undefined;

export async function faultScenarios() {
  const { faults, jan } = await (started ??= startFaults());
  const { system, effects, workers, responses } = faults;
  const { provider, receiver } = system;

  const nextCall = () => provider.call(provider.calls.length);
  const submit = async (body: Record<string, unknown> = {}): Promise<JanResponse> => {
    const answer = await jan.create({ input: 'Work', background: true, ...body });
    expect(answer.status).toBe(200);
    return answer.body;
  };

  /** Returns the worker that runs a response. */
  async function runnerOf(id: string): Promise<AppProcess> {
    const [row] = await faults.query<{ owner: string }>(
      'select lease_owner as owner from responses.responses where id = $1',
      [id],
    );
    const runner = workers.find(({ pid }) => row?.owner === `${hostname()}:${pid}`);
    if (!runner) throw new Error(`no worker runs ${id}: ${JSON.stringify(row)}`);
    return runner;
  }

  /** Starts a run whose only tool has had its effect and gets no reply. */
  async function runningTool(tool: string, path: string): Promise<JanResponse> {
    effects.hold(path);
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [toolCall(tool, { url: effects.url + path })]
        : [text(`It said: ${toolOutputs[0]}`)];
    const task = await submit();
    await effects.nth(path, 0);
    return task;
  }

  /** Locks a row against writes. Resolves to the function that unlocks it. */
  async function lockRow(id: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: faults.databaseUrl });
    client.on('error', () => undefined); // the server may be the part that dies
    await client.connect();
    await client.query('begin');
    await client.query('select 1 from responses.responses where id = $1 for update', [id]);
    return () => client.end().catch(() => undefined);
  }

  /** Resolves when a run that has all its text waits for its row. */
  async function untilBlocked(): Promise<void> {
    await expect
      .poll(() => faults.query(`select 1 from pg_stat_activity where ${blockedEnd}`))
      .toHaveLength(1);
  }
  return {
    faults,
    system,
    effects,
    workers,
    responses,
    provider,
    receiver,
    jan,
    nextCall,
    submit,
    runnerOf,
    runningTool,
    lockRow,
    untilBlocked,
  };
}
