import { AppError, type Caller } from '@antiphon/contracts';
import type { ResponseStore, StoredFigure, StoredUse } from '@antiphon/runtime';
import { testCallerLimits } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { Quotas } from './quotas.ts';

const caller: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'guest', scopes: [] };

/** Quotas over figures that the spec sets. */
function quotasOver(env: NodeJS.ProcessEnv, figure: StoredFigure = { rows: 0, bytes: 0 }) {
  const state = { queued: 0, figure };
  const use = {
    read: () => state.figure,
    add: (_userId: string, bytes: number) => {
      state.figure = { rows: state.figure.rows + 1, bytes: state.figure.bytes + bytes };
    },
  } as unknown as StoredUse; // quotas call nothing else
  const store: Pick<ResponseStore, 'countQueued'> = {
    countQueued: async (_userId, countMax) => Math.min(state.queued, countMax),
  };
  return { state, quotas: new Quotas(testCallerLimits(env), use, store as ResponseStore) };
}

const insert = async () => 'stored';

describe('quotas', () => {
  it.each<[string, StoredFigure]>([
    ['bytes', { rows: 1, bytes: 1_000 }],
    ['records', { rows: 5, bytes: 1 }],
  ])('refuse a create of a caller that has as many %s as it may have', async (_what, figure) => {
    const { quotas } = quotasOver({ LIMIT_STORED_BYTES: '1000', LIMIT_STORED_ROWS: '5' }, figure);
    expect(() => quotas.admitStored(caller)).toThrow(
      expect.objectContaining({ code: 'forbidden', reason: 'storage_limit_exceeded' }) as AppError,
    );
  });

  it('count each body when it is admitted', () => {
    const { quotas } = quotasOver({ LIMIT_STORED_BYTES: '1000' });
    quotas.admitBody(caller, 600);
    quotas.admitBody(caller, 600);
    expect(() => quotas.admitBody(caller, 1)).toThrow(AppError);
  });

  it('limit background creates that arrive at the same time', async () => {
    const { state, quotas } = quotasOver({ LIMIT_QUEUED_RUNS: '10' });
    state.queued = 4;
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => quotas.queue(caller, insert)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    const [refusal] = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as AppError] : [],
    );
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterMs: 5_000 });
    await expect(quotas.queue({ ...caller, userId: 'user_2' }, insert)).resolves.toBe('stored');
    state.queued = 0;
    await expect(quotas.queue(caller, insert)).resolves.toBe('stored');
  });
});
