import { openApiOf } from '@antiphon/service-kit';
import { describedRoutes, documentFaults, servedRoutes } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { loadConfig } from '../config.ts';
import { meApi } from '../me/routes.ts';
import { usageApi } from '../usage/routes.ts';
import { authApi } from './routes.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});

it('describes every route of the service, and no others', () => {
  expect(describedRoutes([authApi, meApi, usageApi])).toEqual(servedRoutes(AppModule.with(config)));
});

it('is a valid document of OpenAPI 3.1', async () => {
  expect(await documentFaults([authApi, meApi, usageApi])).toEqual([]);
});

it('asks for a credential where the service does', () => {
  const { paths } = openApiOf([authApi], authApi.title);
  expect(paths['/auth/guest-login']?.['post']).toHaveProperty('security', []);
  expect(paths['/auth/me']?.['get']).not.toHaveProperty('security');
});
