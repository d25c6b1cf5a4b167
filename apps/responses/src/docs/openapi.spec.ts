import { openApiOf } from '@antiphon/service-kit';
import { describedRoutes, documentFaults, servedRoutes } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { loadConfig } from '../config.ts';
import { apis } from './apis.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});

it('describes every route of the API, and no others', () => {
  expect(describedRoutes(apis)).toEqual(servedRoutes(AppModule.with(config)));
});

it.each(['all together', ...apis.map(({ name }) => name)])(
  'is a valid document of OpenAPI 3.1, with schemas that compile: %s',
  async (name) => {
    const own = apis.filter((api) => api.name === name);
    expect(await documentFaults(own.length > 0 ? own : apis)).toEqual([]);
  },
);

it('describes the WebSocket in the form of the specification', () => {
  const { paths } = openApiOf(apis, 'Antiphon');
  expect(paths['/v1/responses']?.['x-openresponses-websocket']).toMatchObject({
    clientMessage: { $ref: '#/components/schemas/openai.ResponseCreateMessage' },
    errorMessage: { $ref: '#/components/schemas/openai.SocketError' },
  });
});

it('refers to named schemas, and describes the header that chooses a dialect where a path has several', () => {
  const { paths } = openApiOf(apis, 'Antiphon');
  const named = (path: string) => JSON.stringify(paths[path]?.['post']);
  expect(named('/v1/responses')).toContain('#/components/schemas/openai.CreateRequest');
  expect(named('/v1/prompts')).toContain('#/components/schemas/prompts.NewPrompt');
  expect(named('/v1/responses')).toContain('X-Responses-Profile');
  expect(named('/api/v1/responses')).not.toContain('X-Responses-Profile');
});
