import { type Api, type Route, type RouteReply, schemaOf as schemaOfPart } from '@antiphon/contracts';
import { z } from 'zod';

type Json = Record<string, unknown>;

/** The parts of an OpenAPI document that this code reads. */
export interface OpenApiDocument extends Json {
  paths: Record<string, Json>;
  components: { schemas: Json } & Json;
}

/** The OpenAPI 3.1 document of one API, or of several together. */
export function openApiOf(apis: readonly Api[], title: string): OpenApiDocument {
  const paths: Record<string, Json> = {};
  const schemas: Json = {};
  for (const api of apis) {
    Object.assign(schemas, schemasOf(api));
    for (const route of api.routes) {
      // A parameter that takes the rest of a path is written as any other.
      const path = (paths[route.path.replace('*}', '}')] ??= {});
      path[route.method] = operationOf(route, api);
    }
    if (api.socket) {
      const path = (paths[api.socket.path] ??= {});
      path['x-openresponses-websocket'] = socketOf(api, api.socket);
    }
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { apiKey: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An access token, or an API key (sk_…).' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}

function operationOf(route: Route, api: Api): Json {
  const { name, title, failure } = api;
  const { headers, query, body, reply } = route;
  const bodySchema = body && schemaOfPart<z.ZodType>(body);
  return {
    operationId: `${name}.${route.name}`,
    tags: [title],
    summary: route.summary,
    parameters: [
      ...pathParameters(route.path),
      ...parametersOf(headers && schemaOfPart<z.ZodObject>(headers), 'header'),
      ...parametersOf(query && schemaOfPart<z.ZodObject>(query), 'query'),
    ],
    ...(route.isOpen && { security: [] }),
    ...(bodySchema && {
      requestBody: {
        required: !route.mayLackBody,
        content: {
          [route.form ? 'multipart/form-data' : 'application/json']: {
            schema: schemaOf(bodySchema, api, 'input'),
          },
        },
      },
    }),
    responses: {
      [reply.status]: replyOf(reply, api),
      default: {
        description: 'The error',
        content: { 'application/json': { schema: schemaOf(failure, api, 'output') } },
      },
    },
  };
}

function replyOf({ description: text, json, event, isFile }: RouteReply, api: Api): Json {
  const content: Json = {};
  if (json) content['application/json'] = { schema: schemaOf(json, api, 'output') };
  if (event) content['text/event-stream'] = { schema: schemaOf(event, api, 'output') };
  if (isFile) content['*/*'] = { schema: { type: 'string', format: 'binary' } };
  return { description: text, ...(Object.keys(content).length > 0 && { content }) };
}

function socketOf(api: Api, socket: NonNullable<Api['socket']>): Json {
  return {
    description: socket.description,
    clientMessage: schemaOf(socket.message, api, 'input'),
    errorMessage: schemaOf(socket.failure, api, 'output'),
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function parametersOf(object: z.ZodObject | undefined, place: 'header' | 'query'): Json[] {
  // An object schema's shape holds schemas.
  const fields = (object?.shape ?? {}) as Record<string, z.ZodType>;
  return Object.entries(fields).map(([name, field]) => {
    const schema = toJson(field, 'input');
    // An object in a query is written `name[key]=value`.
    const style = schema.type === 'object' && { style: 'deepObject', explode: true };
    return { name, in: place, required: false, ...style, schema };
  });
}

type Direction = 'input' | 'output';

/** A schema in a document: a reference where it has a name. */
function schemaOf(schema: z.ZodType, api: Api, direction: Direction): Json {
  const name = namesOf(api, direction).get(schema)?.id;
  return name === undefined ? toJson(schema, direction) : { $ref: uriOf(name) };
}

function schemasOf(api: Api): Json {
  const directions: Direction[] = ['input', 'output'];
  return Object.fromEntries(
    directions.flatMap((direction) => {
      const { schemas } = z.toJSONSchema(namesOf(api, direction), {
        io: direction,
        uri: uriOf,
        unrepresentable: 'any',
      });
      return Object.entries(schemas).map(([name, schema]) => [name, withoutIds(schema)]);
    }),
  );
}

function namesOf({ name, schemas }: Api, direction: Direction) {
  const registry = z.registry<{ id: string }>();
  const named = direction === 'input' ? schemas.requests : schemas.replies;
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id: `${name}.${id}` });
  return registry;
}

function toJson(schema: z.ZodType, direction: Direction): Json {
  return withoutIds(
    z.toJSONSchema(schema, { io: direction, metadata: z.registry(), unrepresentable: 'any' }),
  );
}

function withoutIds({ $id: _id, $schema: _dialect, ...schema }: Json): Json {
  return schema;
}

function uriOf(name: string): string {
  return `#/components/schemas/${name}`;
}
