import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { loadConfig } from '../config.ts';
import { apis } from './apis.ts';
import { openApiOf } from './openapi.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const document = openApiOf(apis, 'Antiphon');

/** An entry of a module's imports: a class, or a dynamic module. */
type Imported = object & { module?: object; imports?: unknown[]; controllers?: object[] };

/** The controllers of a module and of those that it imports. */
function controllersOf(imported: Imported): object[] {
  const listed = (name: 'imports' | 'controllers') => [
    ...((metadataOf(name, imported.module ?? imported) as object[] | undefined) ?? []),
    ...((imported[name] as object[] | undefined) ?? []),
  ];
  return [...listed('controllers'), ...listed('imports').flatMap(controllersOf)];
}

/** The routes that Nest finds in the controllers: `get /v1/responses/{id}`. */
function servedRoutes(): string[] {
  // A module that several others import is listed with each.
  return [...new Set(controllersOf(AppModule.with(config)))].flatMap((controller) => {
    const base = metadataOf(PATH_METADATA, controller);
    // A class has a prototype.
    const { prototype } = controller as { prototype: object };
    return Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(
      ({ value }: { value?: unknown }) => {
        const method = typeof value === 'function' ? metadataOf(METHOD_METADATA, value) : undefined;
        if (typeof method !== 'number') return [];
        const name = String(RequestMethod[method]).toLowerCase();
        return [metadataOf(PATH_METADATA, value as object)].flat().map((own) => {
          const path = `/${String(base)}/${String(own)}`.replaceAll(/\/{2,}/g, '/');
          return `${name} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;
        });
      },
    );
  });
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

it.each(['all together', ...apis.map(({ name }) => name)])(
  'is a valid document of OpenAPI 3.1: %s',
  async (name) => {
    const own = apis.filter((api) => api.name === name);
    const validator = new Validator();
    // The validator changes its argument.
    const given = structuredClone(openApiOf(own.length > 0 ? own : apis, 'Antiphon'));
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

it('describes the WebSocket in the form of the specification', () => {
  expect(document.paths['/v1/responses']?.['x-openresponses-websocket']).toMatchObject({
    clientMessage: { $ref: '#/components/schemas/openai.ResponseCreateMessage' },
    errorMessage: { $ref: '#/components/schemas/openai.SocketError' },
  });
});
