import 'reflect-metadata';
import { type Api } from '@antiphon/contracts';
import { type DynamicModule, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type OpenApiDocument, openApiOf } from '../docs/openapi.ts';

/** The routes that Nest finds in the controllers of a module, apart from pages and the documents themselves: `get /v1/responses/{id}`. Sorted. */
export function servedRoutes(module: DynamicModule): string[] {
  // A module that several others import is listed with each.
  const routes = [...new Set(controllersOf(module))].flatMap((controller) => {
    const base = metadataOf(PATH_METADATA, controller);
    // A class has a prototype.
    const { prototype } = controller as { prototype: object };
    return Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(
      ({ value }: { value?: unknown }) => {
        const method = typeof value === 'function' ? metadataOf(METHOD_METADATA, value) : undefined;
        if (typeof method !== 'number') return [];
        const name = String(RequestMethod[method]).toLowerCase();
        return [metadataOf(PATH_METADATA, value as object)]
          .flat()
          .map(
            (own) =>
              `${name} ${`/${String(base)}/${String(own)}`.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '')}`,
          )
          .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
      },
    );
  });
  return routes.filter((route) => !isPage(route)).sort();
}

/** Whether a route serves the pages of the documents or of the console. */
function isPage(route: string): boolean {
  return /^get (?:$|\/(?:docs|console)(?:\/|$))/.test(route);
}

/** The routes that APIs describe, in the form of `servedRoutes`. */
export function describedRoutes(apis: readonly Api[]): string[] {
  const paths = apis.flatMap(({ routes }) => routes).map(({ method, path }) => `${method} ${path}`);
  return paths.map((route) => route.replace(/\{\w+\*\}$/, '*')).sort();
}

/** The faults of the OpenAPI 3.1 document of APIs: empty where it is valid, and its schemas compile. */
export async function documentFaults(apis: readonly Api[]): Promise<unknown[]> {
  const document = openApiOf(apis, 'Test');
  const validator = new Validator();
  // The validator changes its argument.
  const { valid, errors } = await validator.validate(structuredClone(document));
  return [
    ...(valid ? [] : [errors]),
    ...(validator.version === '3.1' ? [] : [`version ${String(validator.version)}`]),
    ...brokenSchemas(document),
    ...repeatedNames(document),
  ];
}

/** The schemas that do not compile, a missing reference included. */
function brokenSchemas(document: OpenApiDocument): unknown[] {
  // The schemas only have to compile: optimizing their code and inlining references takes most of the time.
  const ajv = new Ajv2020({ strict: false, code: { optimize: false }, inlineRefs: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'antiphon', ...document });
  const named = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  const used = [...JSON.stringify(document).matchAll(/"(#\/components\/schemas\/[^"]+)"/g)];
  const references = new Set([...named, ...used.map(([, reference = '']) => reference)]);
  return [...references].flatMap((reference) => {
    try {
      ajv.compile({ $ref: `antiphon${reference}` });
      return [];
    } catch (error) {
      return [error];
    }
  });
}

function repeatedNames(document: OpenApiDocument): string[] {
  const names = [...JSON.stringify(document).matchAll(/"operationId":"([^"]+)"/g)].map(
    ([, name = '']) => name,
  );
  return names.filter((name, index) => names.indexOf(name) < index);
}

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

function metadataOf(key: string, target: object): unknown {
  return Reflect.getMetadata(key, target);
}
