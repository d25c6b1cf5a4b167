import { plansOf, rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ann } from '../testing/started-service.ts';
import { IndexQueue } from './indexing/index-queue.ts';
import { vectorService } from './testing/vector-service.ts';

const { app, query, dataSource, stores, files, cleaner } = await vectorService({ poll_interval: '1h' });

const storeId = (n: number) => `vs_${String(n).padStart(34, '0')}`;
const fileId = (n: number) => `file_${String(n).padStart(34, '0')}`;

beforeEach(async () => {
  await query(`
    insert into mcp.vector_stores (id, user_id, name, removed_at, expires_at)
    select 'vs_' || lpad(n::text, 34, '0'), 'user_' || case when n % 2 = 0 then 'ann' else 'bob' end, 'a',
           case when n % 5000 = 1 then clock_timestamp() end, case when n % 10 = 0 then clock_timestamp() + interval '1 day' end
      from generate_series(1, 10000) as n`);
  await query(`
    insert into mcp.vector_store_batches (id, store_id) values ('vsfb_' || repeat('0', 34), '${storeId(2)}')`);
  await query(`
    insert into mcp.vector_store_files (store_id, file_id, user_id, document_id, filename, status, batch_id, creator, due_at, turn)
    select 'vs_' || lpad((2 + 2 * (n % 2))::text, 34, '0'), 'file_' || lpad(n::text, 34, '0'), 'user_ann', n::text, 'a',
           case when n % 100 = 0 then 'failed' when n % 100 = 2 then 'in_progress' else 'completed' end,
           case when n % 4 = 0 then 'vsfb_' || repeat('0', 34) end, '{}',
           case when n % 100 = 2 then clock_timestamp() + interval '1 hour' end, n
      from generate_series(1, 20000) as n`);
  await query(
    `update mcp.vector_store_files set due_at = clock_timestamp() where file_id = '${fileId(19_902)}'`,
  );
  await query('analyze mcp.vector_stores, mcp.vector_store_files');
});

const page = { before: null, limit: 20, order: 'desc' as const };
const batchId = `vsfb_${'0'.repeat(34)}`;

describe('reads its page from the index of its order', () => {
  it.each([
    [
      'the list of stores',
      'vector_stores_by_owner',
      () => stores.list(ann, { ...page, after: storeId(6_000) }),
    ],
    [
      'the list of files',
      'vector_store_files_in_order',
      () =>
        files.list({ storeId: storeId(2), batchId: null }, { ...page, after: fileId(10_000), status: null }),
    ],
    [
      'the list of files by status',
      'vector_store_files_by_status',
      () =>
        files.list(
          { storeId: storeId(2), batchId: null },
          { ...page, after: fileId(10_000), status: 'failed' },
        ),
    ],
    [
      'the list of a batch',
      'vector_store_files_of_batch',
      () => files.list({ storeId: storeId(2), batchId }, { ...page, after: fileId(10_000), status: null }),
    ],
    [
      'the list of a batch by status',
      'vector_store_files_of_batch_by_status',
      () =>
        files.list({ storeId: storeId(2), batchId }, { ...page, after: fileId(10_000), status: 'failed' }),
    ],
  ])('%s', async (_list, name, read) => {
    const plan = (await plansOf(dataSource, read)).at(-1);
    if (!plan) throw new Error('a list sends a statement');
    expect(scansOf(plan)).toEqual([name]);
    expect(rowsRead(plan)).toBeLessThanOrEqual(21);
  });
});

it('looks for the next file among those that wait, and for ended stores in their indexes', async () => {
  const [claim] = await plansOf(dataSource, () => app.get(IndexQueue).claim(1));
  if (!claim) throw new Error('a claim is one statement');
  expect(scansOf(claim)).toEqual(['vector_store_files_pkey', 'vector_store_files_queue']);
  expect(rowsRead(claim)).toBeLessThanOrEqual(202);
  const cleaning = await plansOf(dataSource, () => cleaner.cleanUp());
  const scans = new Set(cleaning.flatMap(scansOf));
  expect(scans).not.toContain('all vector_stores');
  expect(scans).not.toContain('all vector_store_files');
});
