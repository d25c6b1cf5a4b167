import {
  type InputOf,
  read,
  type ReplyOf,
  type RequestPart,
  type Route,
  schemaOf,
} from '@antiphon/contracts';
import {
  createParamDecorator,
  Delete,
  type ExecutionContext,
  Get,
  HttpCode,
  Patch,
  Post,
  Put,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ServedConfig } from './contract-of.ts';

const verbs = { get: Get, post: Post, patch: Patch, put: Put, delete: Delete };

/** A method that sends its reply itself returns nothing. */
type Answer<Served extends Route> = ReplyOf<Served> | Promise<ReplyOf<Served>> | Promise<void>;

type Handler<Served extends Route> = (input: InputOf<Served>, ...rest: never[]) => Answer<Served>;

/**
 * Makes a method of a controller serve a route, or routes that differ in their path only. Its first argument is the decoded request and its
 * result the reply, both with the types of the contract; its other arguments have Nest's decorators. The controller itself has no path. Bad
 * input is `invalid_request` with the sentence of `read`.
 */
export function Serves<const Routes extends readonly [Route, ...Route[]]>(...routes: Routes) {
  const [route] = routes;
  return <Method extends Handler<Routes[number]>>(
    target: object,
    name: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    verbs[route.method](routes.map(({ path }) => nestPath(path)))(target, name, descriptor);
    HttpCode(route.reply.status)(target, name, descriptor);
    RouteConfig({ contract: route } satisfies ServedConfig)(target, name, descriptor);
    Input(route)(target, name, 0);
  };
}

const Input = createParamDecorator((route: Route, context: ExecutionContext) =>
  decode(route, context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The request, decoded by the route's contract. */
export function decode(route: Route, request: Pick<FastifyRequest, 'params' | 'headers' | 'query' | 'body'>) {
  const part = (name: RequestPart, value: () => unknown): unknown => {
    const given = route[name];
    if (given === undefined) return undefined;
    return 'schema' in given ? given.decode(value(), request) : read(given, value());
  };
  return {
    params: paramsOf(route, request.params),
    headers: part('headers', () => headersOf(route, request.headers)),
    query: part('query', () => request.query),
    body: part('body', () => (request.body === undefined ? {} : request.body)),
  };
}

/** Fastify calls the rest of a path `*`. */
function paramsOf({ path, params: schema }: Route, given: unknown): unknown {
  const rest = /\{(\w+)\*\}$/.exec(path)?.[1];
  const params = given as Record<string, string>; // made by Fastify's router
  if (schema) return read(schema, params);
  return rest === undefined ? params : { ...params, [rest]: params['*'] };
}

/** The headers of a route in its own spelling; node has them in lower case. */
function headersOf({ headers: part }: Route, headers: FastifyRequest['headers']): unknown {
  const names = Object.keys(part ? schemaOf<z.ZodObject>(part).shape : {});
  return Object.fromEntries(names.map((name) => [name, headers[name.toLowerCase()]]));
}

function nestPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1').replace(/\{\w+\*\}$/, '*');
}
