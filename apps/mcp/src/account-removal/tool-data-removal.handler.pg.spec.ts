import { Readable } from 'node:stream';
import type { Caller } from '@antiphon/contracts';
import { createLogger } from '@antiphon/service-kit';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { ContainerFileStore } from '../containers/stored/container-file.store.ts';
import { ContainerStore } from '../containers/stored/container.store.ts';
import { mcpSchema } from '../database.ts';
import { DatabaseContents } from '../files/parts/database-contents.ts';
import { FileParts } from '../files/parts/file-parts.ts';
import { FileStore } from '../files/stored/file.store.ts';
import { FileIndexStore } from '../file-search/file-index.store.ts';
import { StoreCleaner } from '../vector-stores/store-cleaner.ts';
import { ServerStore } from '../servers/registry/server.store.ts';
import { testUser } from '../testing/call.ts';
import { requiredEnvironment } from '../testing/environment.ts';
import { ToolDataRemoval } from './tool-data-removal.handler.ts';

const other: Caller = { ...testUser, userId: 'user_other', tenantId: 'user_other' };
let database: TestDatabase;
let files: FileIndexStore;
let servers: ServerStore;
let parts: FileParts;
let stored: FileStore;
let storeCleaner: StoreCleaner;
let containers: ContainerStore;
let containerFiles: ContainerFileStore;
beforeAll(async () => {
  database = await createTestDatabase(mcpSchema);
  const config = loadConfig(requiredEnvironment);
  files = await FileIndexStore.open(database.dataSource, config.fileSearch);
  servers = new ServerStore(database.dataSource, config);
  storeCleaner = new StoreCleaner(database.dataSource, config, createLogger('mcp', 'silent'));
  parts = new FileParts(database.dataSource, [new DatabaseContents(database.dataSource)], config);
  stored = new FileStore(database.dataSource, parts, config);
  containers = new ContainerStore(database.dataSource, parts, config);
  containerFiles = new ContainerFileStore(database.dataSource, parts, config);
});
afterAll(() => database.drop());

const count = async (table: string) => {
  const [row] = await database.dataSource.query<{ count: number }[]>(
    `select count(*)::int as count from mcp.${table}`,
  );
  return row?.count;
};

async function storeRecords(caller: Caller): Promise<void> {
  const document = { documentId: 'a', metadata: {}, tags: [], chunks: ['The oldest tree.'], embedding: null };
  await files.put(caller, document);
  await addServer(caller.userId);
  const bytes = Readable.from([Buffer.from('The oldest tree.')]);
  const part = await parts.write(caller, bytes, { bytesMax: 1_024, field: 'file' });
  const file = { filename: 'a.txt', purpose: 'user_data', mimeType: 'text/plain', expiresAfterSeconds: null };
  await stored.add(caller, file, [part]);
  const container = await containers.create(caller, { name: 'mine', idleMinutes: null, memoryLimit: null });
  const inside = await parts.write(caller, Readable.from([Buffer.from('x')]), {
    bytesMax: 1_024,
    field: 'file',
  });
  const place = { path: 'x', source: 'user', originId: null } as const;
  await containerFiles.put(caller, container.id, { ...place, part: inside });
}

async function addServer(ownerId: string | null): Promise<void> {
  await servers.add(ownerId, 'mine', {
    url: 'https://example.com/mcp',
    transport: null,
    headers: { authorization: 'Bearer hush' },
    allowedTools: null,
    approval: 'unsafe',
    timeouts: { connectMs: 1, listMs: 1, callMs: 1 },
    concurrency: null,
    isPinned: false,
    tools: {},
    isEnabled: true,
  });
}

it('removes the documents, files, containers and servers of a user, and keeps those of other users and those for everyone', async () => {
  await storeRecords(testUser);
  await storeRecords(other);
  await addServer(null);
  const removal = new ToolDataRemoval(database.dataSource, parts);
  for (let time = 0; time < 2; time++) {
    await removal.remove({ userId: testUser.userId });
    expect(await files.isEmpty(testUser)).toBe(true);
    expect(await files.isEmpty(other)).toBe(false);
    await storeCleaner.cleanUp();
    const left = ['vector_stores', 'vector_store_files', 'vector_store_chunks', 'servers'].map(count);
    expect(await Promise.all(left)).toEqual([1, 1, 1, 2]);
    await parts.removeReleased(10);
    expect([await count('files'), await count('file_parts'), await count('file_part_chunks')]).toEqual([
      1, 2, 2,
    ]);
    expect([await count('containers'), await count('container_files')]).toEqual([1, 1]);
  }
});
