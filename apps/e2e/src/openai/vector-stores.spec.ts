import OpenAI, { toFile } from 'openai';
import { expect } from 'vitest';
import { mcpClient } from '../checks/data-of-users.ts';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { query } from '../system/database.ts';
import { openaiSystem } from './openai-system.ts';

const { system, client, otherClient } = await openaiSystem();

const polled = { pollIntervalMs: 50 };
const file = (content: string | Buffer, name: string) => toFile(Buffer.from(content), name);

scenario('openai-vector-stores', 'files are uploaded, indexed and searched with filters', async () => {
  const store = await client.vectorStores.create({
    name: 'Rivers',
    expires_after: { anchor: 'last_active_at', days: 7 },
    metadata: { topic: 'rivers' },
  });
  const alone = await client.vectorStores.files.uploadAndPoll(
    store.id,
    await file('# The Nile\n\nThe Nile is the longest river of Africa.', 'nile.md'),
    polled,
  );
  expect(alone).toMatchObject({ status: 'completed', last_error: null });
  const attributes = { continent: 'africa', km: 6650 };
  await client.vectorStores.files.update(alone.id, { vector_store_id: store.id, attributes });

  const page = '<!doctype html><title>Danube</title><p>The Danube is a river that ends in the Black Sea.</p>';
  const uploaded = await Promise.all(
    [await file(page, 'danube.html'), await file('river,km\nRhine,1230\n', 'rhine.csv')].map(
      async (content) => (await client.files.create({ file: content, purpose: 'assistants' })).id,
    ),
  );
  const batch = await client.vectorStores.fileBatches.createAndPoll(
    store.id,
    { file_ids: uploaded, attributes: { continent: 'europe' } },
    polled,
  );
  expect(batch).toMatchObject({ status: 'completed', file_counts: { completed: 2, total: 2 } });

  const search = async (filters?: OpenAI.ComparisonFilter | OpenAI.CompoundFilter) => {
    const found = await client.vectorStores.search(store.id, {
      query: 'river',
      max_num_results: 5,
      ...(filters && { filters }),
    });
    return found.data.map(({ filename }) => filename).sort();
  };
  expect(await search()).toEqual(['danube.html', 'nile.md', 'rhine.csv']);
  expect(await search({ type: 'gte', key: 'km', value: 5_000 })).toEqual(['nile.md']);
  expect(await search({ type: 'in', key: 'continent', value: ['europe', 'asia'] })).toEqual([
    'danube.html',
    'rhine.csv',
  ]);
  const [best] = (await client.vectorStores.search(store.id, { query: 'Where does the Danube end?' })).data;
  expect(best).toMatchObject({
    filename: 'danube.html',
    attributes: { continent: 'europe' },
    content: [{ type: 'text', text: textWith('Black Sea') }],
  });

  const names: string[] = [];
  for await (const { id } of client.vectorStores.files.list(store.id, { limit: 2 })) names.push(id);
  expect(names).toHaveLength(3);
  expect(await client.vectorStores.retrieve(store.id)).toMatchObject({
    status: 'completed',
    file_counts: { completed: 3, total: 3 },
    metadata: { topic: 'rivers' },
  });
  for (const foreign of [
    () => otherClient.vectorStores.retrieve(store.id),
    () => otherClient.vectorStores.search(store.id, { query: 'river' }),
    () => otherClient.vectorStores.create({ file_ids: [alone.id] }),
  ])
    await expect(foreign()).rejects.toBeInstanceOf(OpenAI.NotFoundError);

  await query(`update mcp.vector_stores set expires_at = clock_timestamp() where id = '${store.id}'`);
  expect(await client.vectorStores.retrieve(store.id)).toMatchObject({ status: 'expired' });
  await expect(search()).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  expect(await client.vectorStores.delete(store.id)).toMatchObject({ deleted: true });
  await expect(client.vectorStores.retrieve(store.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

scenario('openai-vector-stores', 'a hostile document fails, and the next one is indexed', async () => {
  const { id } = await client.vectorStores.create({});
  const batch = await client.vectorStores.fileBatches.uploadAndPoll(
    id,
    {
      files: [
        await file(Buffer.from('504b0304ffffffffffffffff', 'hex'), 'broken.docx'),
        await file(Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'encrypted.xlsx'),
        await file('%PDF-1.7\nno more', 'half.pdf'),
        await file(Buffer.from('89504e470d0a1a0a00', 'hex'), 'picture.png'),
        await file('A plain line.', 'plain.txt'),
      ],
    },
    polled,
  );
  expect(batch.file_counts).toMatchObject({ completed: 1, failed: 4 });
  const failed = await client.vectorStores.files.list(id, { filter: 'failed' });
  for (const { last_error } of failed.data)
    expect(last_error).toMatchObject({
      code: expect.stringMatching(/^(unsupported|invalid)_file$/) as string,
      message: textWith('.'),
    });
  expect((await client.vectorStores.search(id, { query: 'plain' })).data).toHaveLength(1);
});

scenario('openai-vector-stores', 'the documents of the file_search tools are in a store', async () => {
  const login = await system.login();
  const mine = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: login.access_token, maxRetries: 0 });
  const mcp = await mcpClient(system, login.access_token);
  const document = { document_id: 'oak', text: 'The oldest oak.', metadata: { kind: 'tree' } };
  await mcp.callTool({ name: 'file_search_index', arguments: document });
  const [store] = (await mine.vectorStores.list()).data;
  if (!store) throw new Error('the tools have a store');
  const filters = { type: 'eq', key: 'kind', value: 'tree' } as const;
  expect((await mine.vectorStores.search(store.id, { query: 'oak', filters })).data).toMatchObject([
    { filename: 'oak', content: [{ text: 'The oldest oak.' }] },
  ]);
  await mine.vectorStores.files.uploadAndPoll(store.id, await file('The oldest elm.', 'elm.txt'), polled);
  const found = await mcp.callTool({ name: 'file_search_query', arguments: { query: 'elm' } });
  expect(JSON.stringify(found.content)).toContain('The oldest elm.');
  await mcp.close();
});
