import { authVerifyKey, type Caller } from '@antiphon/contracts';
import { createLogger, startService } from '@antiphon/service-kit';
import { createTestDatabase, MemoryBus } from '@antiphon/service-kit/testing';
import { type DynamicModule, Module } from '@nestjs/common';
import OpenAI from 'openai';
import { afterAll } from 'vitest';
import { type Config, loadConfig } from '../config.ts';
import { mcpSchema } from '../database.ts';
import { McpResourcesModule } from '../resources.module.ts';
import { requiredEnvironment } from './environment.ts';

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

export interface StartedServiceOptions {
  limits: Record<string, Record<string, unknown>>;
  environment?: NodeJS.ProcessEnv;
  /** Answers the calls of the features over the bus. */
  answer?: (bus: MemoryBus) => void;
  /** The features under test. */
  modules: (config: Config) => DynamicModule[];
}

@Module({})
class FeaturesTestModule {}

/**
 * The mcp service with some of its features, over a database of its own, and official clients of its callers. It ends with the calling spec.
 */
export async function startFeatures({ limits, environment = {}, answer, modules }: StartedServiceOptions) {
  const database = await createTestDatabase(mcpSchema);
  afterAll(() => database.drop());
  const query = <Row = Record<string, unknown>>(sql: string, values: unknown[] = []) =>
    database.dataSource.query<Row[]>(sql, values);

  /** Starts the service; several share the database. */
  async function start(more: StartedServiceOptions['limits'] = {}) {
    const config = loadConfig(
      {
        ...requiredEnvironment,
        PORT: '0',
        CHECK_REPLIES: 'true',
        DATABASE_URL: database.config.url,
        ...environment,
      },
      { ...limits, ...more },
    );
    const module: DynamicModule = {
      module: FeaturesTestModule,
      imports: [McpResourcesModule.with(config), ...modules(config)],
    };
    const bus = new MemoryBus();
    bus.handle(authVerifyKey, async ({ key }) => ({ caller: callers[key] ?? null }));
    answer?.(bus);
    return startService({ name: 'mcp', config, module }, bus, createLogger('mcp', 'silent'));
  }

  const service = await start();
  afterAll(() => service.stop());
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${service.url}/v1`, apiKey, maxRetries: 0 });
  return {
    url: service.url,
    app: service.app,
    query,
    start,
    clientOf,
    ann: clientOf('sk_ann'),
    bob: clientOf('sk_bob'),
    guest: clientOf('sk_guest'),
  };
}
