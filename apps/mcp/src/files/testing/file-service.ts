import { authVerifyKey, type Caller } from '@antiphon/contracts';
import { createLogger, type LimitsFile, startService } from '@antiphon/service-kit';
import { createTestDatabase, MemoryBus } from '@antiphon/service-kit/testing';
import { type DynamicModule, Module } from '@nestjs/common';
import OpenAI from 'openai';
import { DataSource } from 'typeorm';
import { afterAll, beforeEach } from 'vitest';
import { type Config, loadConfig } from '../../config.ts';
import { mcpSchema } from '../../database.ts';
import { McpResourcesModule } from '../../resources.module.ts';
import { requiredEnvironment } from '../../testing/environment.ts';
import { FilesCleaner } from '../files-cleaner.ts';
import { FilesModule } from '../files.module.ts';
import { fileRoutes } from '../http/routes.ts';
import { FileStore } from '../stored/file.store.ts';

const userOf = (name: string, ownerKind: 'user' | 'guest' = 'user'): Caller => ({
  userId: `user_${name}`,
  tenantId: `user_${name}`,
  kind: 'key',
  ownerKind,
  scopes: [],
});
export const ann = userOf('ann');
const callers: Record<string, Caller> = {
  sk_ann: ann,
  sk_bob: userOf('bob'),
  sk_guest: userOf('guest', 'guest'),
};

@Module({})
class PartOfServiceModule {}

/**
 * The mcp service with some of its modules alone, over a database of its own, and official clients of its callers. It ends with the calling spec;
 * each test begins with `emptied` empty.
 */
export async function partOfService(
  file: LimitsFile,
  environment: NodeJS.ProcessEnv,
  modulesOf: (config: Config) => DynamicModule[],
  emptied: string,
) {
  const database = await createTestDatabase(mcpSchema);
  afterAll(() => database.drop());
  const settings = { PORT: '0', CHECK_REPLIES: 'true', DATABASE_URL: database.config.url, ...environment };
  const config = loadConfig({ ...requiredEnvironment, ...settings }, file);
  const module: DynamicModule = {
    module: PartOfServiceModule,
    imports: [McpResourcesModule.with(config), ...modulesOf(config)],
  };
  const bus = new MemoryBus();
  bus.handle(authVerifyKey, async ({ key }) => ({ caller: callers[key] ?? null }));
  const service = await startService({ name: 'mcp', config, module }, bus, createLogger('mcp', 'silent'));
  afterAll(() => service.stop());

  const query = (sql: string) => database.dataSource.query<Record<string, unknown>[]>(sql);
  beforeEach(() => query(`truncate ${emptied}`));
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${service.url}/v1`, apiKey, maxRetries: 0 });
  return {
    url: service.url,
    app: service.app,
    query,
    clientOf,
    ann: clientOf('sk_ann'),
    bob: clientOf('sk_bob'),
    guest: clientOf('sk_guest'),
    dataSource: service.app.get(DataSource),
  };
}

/** The service with its files alone. */
export async function fileService(limits: Record<string, unknown> = {}, environment: NodeJS.ProcessEnv = {}) {
  const service = await partOfService(
    { files: { clean_up_interval: '1h', ...limits } },
    environment,
    (config) => [FilesModule.with(fileRoutes(config.files.limits))],
    'mcp.files, mcp.uploads, mcp.file_parts, mcp.file_part_chunks',
  );
  /** The rows of parts and chunks that are left. */
  const stored = async () => {
    const [counts] = await service.query(`
      select (select count(*)::int from mcp.file_parts where status <> 'released') as parts,
             (select count(*)::int from mcp.file_part_chunks) as chunks`);
    return counts;
  };
  return {
    ...service,
    stored,
    files: service.app.get(FileStore),
    cleaner: service.app.get(FilesCleaner),
  };
}
