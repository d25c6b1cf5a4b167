import 'reflect-metadata';
import { type DynamicModule, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { loadConfig } from '../config.ts';
import { descriptions } from './descriptions.ts';
import { openApiOf } from './openapi.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const document = openApiOf(descriptions, 'Antiphon');

/** The routes as Nest finds them in the controllers: `get /v1/responses/{id}`. */
function servedRoutes(): string[] {
  const { imports = [] } = AppModule.with(config);
  return controllersOf(imports).flatMap((controller) => {
    const bases = [metadataOf(PATH_METADATA, controller)].flat();
    // A class has a prototype.
    const { prototype } = controller as { prototype: object };
    return Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(
      ({ value }: { value?: unknown }) => {
        const method = typeof value === 'function' ? metadataOf(METHOD_METADATA, value) : undefined;
        if (typeof method !== 'number') return [];
        const name = String(RequestMethod[method]).toLowerCase();
        return bases.map((base) => {
          const segments = [base, metadataOf(PATH_METADATA, value as object)].map(String);
          const path = segments.filter((segment) => segment !== '/').join('/');
          return `${name} /${path.replaceAll(/:(\w+)/g, '{$1}')}`;
        });
      },
    );
  });
}

/** The controllers of the feature modules, which list them in their decorators. */
function controllersOf(modules: NonNullable<DynamicModule['imports']>): object[] {
  return modules.flatMap((module) =>
    typeof module === 'function'
      ? ((metadataOf(MODULE_METADATA.CONTROLLERS, module) as object[] | undefined) ?? [])
      : [],
  );
}

function metadataOf(key: string, target: object): unknown {
  return Reflect.getMetadata(key, target);
}

function describedRoutes(): string[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => !method.startsWith('x-'))
      .map((method) => `${method} ${path}`),
  );
}

it('describes every route of the API, and no others', () => {
  const served = servedRoutes().filter((route) => !route.includes(' /docs'));
  expect(describedRoutes().sort()).toEqual(served.sort());
});

it.each(['all together', ...descriptions.map(({ name }) => name)])(
  'is a valid document of OpenAPI 3.1: %s',
  async (name) => {
    const own = descriptions.filter((description) => description.name === name);
    const validator = new Validator();
    // The validator changes its argument.
    const given = structuredClone(openApiOf(own.length > 0 ? own : descriptions, 'Antiphon'));
    expect(await validator.validate(given)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  },
);

it('defines every schema that it refers to, and each of them compiles', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'antiphon', ...document });
  for (const name of Object.keys(document.components.schemas))
    expect(() => ajv.compile({ $ref: `antiphon#/components/schemas/${name}` }), name).not.toThrow();
  const text = JSON.stringify(document);
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    expect(document.components.schemas).toHaveProperty([name]);
});

it('has one operation of each name', () => {
  const names = [...JSON.stringify(document).matchAll(/"operationId":"([^"]+)"/g)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
});

it('describes the WebSocket as the specification does', () => {
  expect(document.paths['/v1/responses']?.['x-openresponses-websocket']).toMatchObject({
    clientMessage: { $ref: '#/components/schemas/openai.ResponseCreateMessage' },
    errorMessage: { $ref: '#/components/schemas/openai.SocketError' },
  });
});
