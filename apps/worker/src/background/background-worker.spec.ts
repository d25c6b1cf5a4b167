import { type Caller, type Response, responsesQueued, rightsOf } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import {
  ActiveRuns,
  type Claim,
  type HistoryStore,
  type LeaseStore,
  type ResponseRunner,
} from '@antiphon/runtime';
import { createLogger } from '@antiphon/service-kit';
import { MemoryBus, serve } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { BackgroundHandler } from './background.handler.ts';
import { BackgroundWorker } from './background-worker.ts';
import { loadConfig } from '../config.ts';
import type { WebhookWorker } from '../webhooks/webhook-worker.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://nowhere/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const guest: Caller = { userId: 'user_a', tenantId: 'tenant_a', kind: 'guest', scopes: ['api'] };
const key: Caller = { ...guest, kind: 'key', scopes: ['research'], ownerKind: 'guest', keyId: 'key_1' };

/** The caller that a worker runs a claimed response for. */
async function callerOfRun(response: Response): Promise<Caller> {
  const bus = new MemoryBus();
  const claims: Claim[] = [
    {
      lease: { responseId: response.id, epoch: 1 },
      response,
      remainingMs: 1_000,
      limitMs: 1_000,
      isLogged: false,
    },
  ];
  const callers = Promise.withResolvers<Caller>();
  // Only what the worker asks of its neighbours.
  const leases = { claim: async () => claims.splice(0) } as unknown as LeaseStore;
  const history = { read: async () => [] } as unknown as HistoryStore;
  const runner = {
    async *run(caller: Caller) {
      callers.resolve(caller);
      yield [{ type: 'response.completed', response: { ...response, status: 'completed' } }];
    },
  } as unknown as ResponseRunner;
  const webhooks = { ring: () => undefined } as unknown as WebhookWorker;
  const worker = new BackgroundWorker(
    leases,
    history,
    runner,
    new ActiveRuns(bus),
    webhooks,
    bus,
    createLogger('test', 'silent'),
    config,
  );
  serve(bus, new BackgroundHandler(worker));
  worker.onApplicationBootstrap();
  bus.publish(responsesQueued, {});
  const caller = await callers.promise;
  await worker.beforeApplicationShutdown();
  return caller;
}

describe('a background run', () => {
  it.each([guest, key, { ...guest, kind: 'user' as const }])(
    'has the rights of its creator: %j',
    async (creator) => {
      const { userId, tenantId } = creator;
      const response = testResponse({ userId, tenantId, rights: rightsOf(creator), background: true });
      expect(await callerOfRun(response)).toEqual(creator);
    },
  );

  it('has the least rights where an earlier release stored none', async () => {
    const { userId, tenantId } = guest;
    const response = testResponse({ userId, tenantId, background: true });
    expect(await callerOfRun(response)).toEqual({ userId, tenantId, kind: 'guest', scopes: [] });
  });
});
