import { authVerifyKey, type Caller } from '@antiphon/contracts';
import { createLogger, startService } from '@antiphon/service-kit';
import { createTestDatabase, MemoryBus } from '@antiphon/service-kit/testing';
import { type DynamicModule, Module } from '@nestjs/common';
import { afterAll, beforeEach } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../config.ts';
import { mcpSchema } from '../../database.ts';
import { McpResourcesModule } from '../../resources.module.ts';
import { requiredEnvironment } from '../../testing/environment.ts';
import { OutsideTools } from '../outside-tools.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { serverRoutes } from '../registry/routes.ts';
import { startOwn } from './own-server.ts';
import { serverAt } from './pool.ts';

const callers: Record<string, Caller> = {
  sk_ann: { userId: 'user_ann', tenantId: 'user_ann', kind: 'key', scopes: [] },
  sk_bob: { userId: 'user_bob', tenantId: 'user_bob', kind: 'key', scopes: [] },
  sk_root: { userId: 'user_root', tenantId: 'user_root', kind: 'key', scopes: ['admin'] },
};
export const ann = callers.sk_ann as Caller; // it has an entry above
export const bob = callers.sk_bob as Caller;

const Answer = z.looseObject({
  label: z.string().optional(),
  data: z.array(z.looseObject({ label: z.string().optional(), name: z.string().optional() })).optional(),
  digest: z.string().nullish(),
  error: z.looseObject({ message: z.string(), param: z.string().nullish() }).nullish(),
});

@Module({})
class TestModule {}

/**
 * The mcp service with its registry of servers, over a database of its own, and a server that callers register. All of it ends with the
 * calling spec; each test begins without registered servers.
 */
export async function serverService() {
  const database = await createTestDatabase(mcpSchema);
  afterAll(() => database.drop());
  const remote = await startOwn({});
  afterAll(() => remote.close());
  const environment = {
    ...requiredEnvironment,
    PORT: '0',
    DATABASE_URL: database.config.url,
    EGRESS_ALLOWED_HOSTS: '127.0.0.1',
  };
  const base = loadConfig(environment, {
    mcp_servers: { per_caller_max: 3, backoff_min: '100ms', backoff_max: '100ms' },
  });
  const fromFile = [serverAt(remote.url, { label: 'house', ownerId: null, source: 'file', isTrusted: true })];
  const config = { ...base, servers: { ...base.servers, fromFile } };
  const module: DynamicModule = {
    module: TestModule,
    imports: [McpResourcesModule.with(config), RegistryModule.with(serverRoutes(config.servers.limits))],
  };
  const bus = new MemoryBus();
  bus.handle(authVerifyKey, async ({ key }) => ({ caller: callers[key] ?? null }));
  const service = await startService({ name: 'mcp', config, module }, bus, createLogger('mcp', 'silent'));
  afterAll(() => service.stop());
  const tools = service.app.get(OutsideTools);

  beforeEach(() => database.dataSource.query('truncate mcp.servers, mcp.approved_tools'));

  async function send(key: string, method: string, path = '', body?: unknown) {
    const reply = await fetch(`${service.url}/v1/mcp/servers${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, text, json: text === '' ? {} : Answer.parse(JSON.parse(text)) };
  }

  const add = (key: string, body: Record<string, unknown> = {}) =>
    send(key, 'POST', '', { label: 'mine', url: remote.url, ...body });
  const labels = async (key: string) => (await send(key, 'GET')).json.data?.map(({ label }) => label);
  return { database, service, remote, tools, send, add, labels };
}
