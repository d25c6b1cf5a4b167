import { describedRoutes, documentFaults, servedRoutes } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { loadConfig } from '../config.ts';
import { imageRoutes } from '../images/image-routes.ts';
import { llmApiWith } from './routes.ts';

const config = loadConfig({});
const llmApi = llmApiWith(imageRoutes(config.images));

it('describes every route of the service, and no others', () => {
  expect(describedRoutes([llmApi])).toEqual(servedRoutes(AppModule.with(config)));
});

it('is a valid document of OpenAPI 3.1', async () => {
  expect(await documentFaults([llmApi])).toEqual([]);
});
