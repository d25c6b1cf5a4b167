import { openApiOf } from '@antiphon/service-kit';
import { describedRoutes, documentFaults, servedRoutes } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { mcpApi, mcpRoutes } from './api.ts';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});

const apis = [mcpApi(mcpRoutes(config))];

it('describes every route of the service, and no others; MCP itself describes its endpoint', () => {
  const served = servedRoutes(AppModule.with(config));
  expect([...describedRoutes(apis), 'all /mcp'].sort()).toEqual(served);
});

it("is a valid document of OpenAPI 3.1, with the operator's limits", async () => {
  expect(await documentFaults(apis)).toEqual([]);
  const { callMs } = config.servers.limits.timeouts;
  expect(JSON.stringify(openApiOf(apis, 'MCP').components.schemas['mcp.NewServer'])).toContain(
    `"maximum":${callMs}`,
  );
});
