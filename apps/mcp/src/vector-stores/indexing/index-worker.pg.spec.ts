import { describe, expect, it } from 'vitest';
import { byConcept } from '../../testing/file-search-tools.ts';
import { vectorService } from '../testing/vector-service.ts';
import { IndexQueue } from './index-queue.ts';
import { IndexWorker } from './index-worker.ts';

// A process that never claims on its own: its tests start others, or claim themselves.
const { app, ann, bob, upload, query, start, llm } = await vectorService({ poll_interval: '1h' });
await app.get(IndexWorker).beforeApplicationShutdown();
const queue = app.get(IndexQueue);

const polled = { pollIntervalMs: 20 };
const addFile = async (client = ann, content = 'The Nile is long.') => {
  const { id } = await client.vectorStores.create({});
  const file_id = await upload(content, 'a.txt', client);
  await client.vectorStores.files.create(id, { file_id });
  return { id, file_id };
};
const dueNow = () =>
  query(`update mcp.vector_store_files set due_at = clock_timestamp() where due_at is not null`);

describe('the indexing of files', () => {
  it('goes on in the next process', async () => {
    const { id, file_id } = await addFile();
    expect(await ann.vectorStores.files.retrieve(file_id, { vector_store_id: id })).toMatchObject({
      status: 'in_progress',
    });
    const next = await start();
    expect(await ann.vectorStores.files.poll(id, file_id, polled)).toMatchObject({ status: 'completed' });
    await next.stop();
  });

  it('is taken over once its lease is over, and the first process can no longer write', async () => {
    const { id, file_id } = await addFile();
    const [lost] = await queue.claim(10);
    if (!lost) throw new Error('a file waits');
    await queue.begin(lost);
    await queue.write(lost, 0, ['half of it'], null);
    expect(await queue.claim(10)).toEqual([]);
    await dueNow();
    const next = await start();
    expect(await ann.vectorStores.files.poll(id, file_id, polled)).toMatchObject({ status: 'completed' });
    await next.stop();
    for (const write of [
      () => queue.write(lost, 1, ['more'], null),
      () => queue.renew(lost),
      () => queue.complete(lost, { count: 1, bytes: 1, embeddingModel: null }),
      () => queue.fail(lost, 'server_error', 'x'),
    ])
      await expect(write()).rejects.toThrow();
    const { data } = await ann.vectorStores.files.content(file_id, { vector_store_id: id });
    expect(data.map(({ text }) => text)).toEqual(['The Nile is long.']);
  });

  it('is given back by a process that stops', async () => {
    const asked = Promise.withResolvers<void>();
    llm.embed = (text) => {
      asked.resolve();
      return byConcept(text);
    };
    llm.hold = new Promise(() => undefined);
    const { file_id } = await addFile();
    const stopping = await start();
    await asked.promise;
    await stopping.stop(0);
    const [claim] = await queue.claim(1);
    expect(claim).toMatchObject({ fileId: file_id, attempts: 1 });
  });

  it('of a file whose process ended each time fails', async () => {
    const { id, file_id } = await addFile();
    for (let time = 0; time < 3; time++) {
      expect(await queue.claim(1)).toHaveLength(1);
      await dueNow();
    }
    const next = await start();
    expect(await ann.vectorStores.files.poll(id, file_id, polled)).toMatchObject({
      status: 'failed',
      last_error: { code: 'server_error' },
    });
    await next.stop();
  });

  it('is tried again where embeddings fail, and ends without them', async () => {
    llm.embed = () => {
      throw new Error('down');
    };
    const { id, file_id } = await addFile();
    const next = await start({ vector_stores: { attempts_max: 2, poll_interval: '20ms' } });
    const waits = async () => {
      const [row] = await query<{ waits: boolean }>(
        `select attempts = 1 and due_at > clock_timestamp() and due_at < clock_timestamp() + interval '20 s' as waits from mcp.vector_store_files`,
      );
      return row?.waits;
    };
    await expect.poll(waits).toBe(true);
    await dueNow();
    expect(await ann.vectorStores.files.poll(id, file_id, polled)).toMatchObject({ status: 'completed' });
    await next.stop();
    llm.embed = null;
    expect((await ann.vectorStores.search(id, { query: 'Nile' })).data).toHaveLength(1);
  });

  it('takes turns: the file of one caller does not wait for all files of another', async () => {
    const { id } = await ann.vectorStores.create({});
    const file_ids: string[] = [];
    for (const content of ['One', 'Two', 'Three']) file_ids.push(await upload(content));
    await ann.vectorStores.fileBatches.create(id, { file_ids });
    const theirs = await addFile(bob);
    const claimed: string[] = [];
    for (let next = await queue.claim(1); next[0]; next = await queue.claim(1)) claimed.push(next[0].fileId);
    expect(claimed.indexOf(theirs.file_id)).toBeLessThan(3);
    expect(claimed).toHaveLength(4);
  });

  it('ends when its file is removed meanwhile', async () => {
    const { id, file_id } = await addFile();
    const [claim] = await queue.claim(1);
    if (!claim) throw new Error('a file waits');
    await queue.write(claim, 0, ['half of it'], null);
    await ann.vectorStores.files.delete(file_id, { vector_store_id: id });
    await expect(queue.write(claim, 1, ['more'], null)).rejects.toThrow();
    expect(await query('select from mcp.vector_store_chunks')).toEqual([]);
    expect(await ann.vectorStores.retrieve(id)).toMatchObject({ file_counts: { total: 0 } });
  });
});
