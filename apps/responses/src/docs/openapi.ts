import type { ApiDescription, ApiReply, ApiRoute } from '@antiphon/dialects';
import { z } from 'zod';

type Json = Record<string, unknown>;

/** What is looked at of an OpenAPI document here; the rest is for its readers. */
export interface OpenApiDocument extends Json {
  paths: Record<string, Json>;
  components: { schemas: Json } & Json;
}

/** The OpenAPI 3.1 document of one dialect, or of several together. */
export function openApiOf(descriptions: readonly ApiDescription[], title: string): OpenApiDocument {
  const paths: Record<string, Json> = {};
  const schemas: Json = {};
  for (const description of descriptions) {
    Object.assign(schemas, schemasOf(description));
    for (const route of description.routes) {
      const path = (paths[route.path] ??= {});
      path[route.method] = operationOf(route, description);
    }
    if (description.socket) {
      const path = (paths[description.socket.path] ??= {});
      path['x-openresponses-websocket'] = socketOf(description, description.socket);
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

function operationOf(route: ApiRoute, description: ApiDescription): Json {
  const { name, title, failure } = description;
  const { headers, query, body, reply } = route;
  return {
    operationId: `${name}.${route.name}`,
    tags: [title],
    summary: route.summary,
    parameters: [
      ...pathParameters(route.path),
      ...parametersOf(headers, 'header'),
      ...parametersOf(query, 'query'),
    ],
    ...(body && {
      requestBody: {
        required: !route.mayLackBody,
        content: { 'application/json': { schema: schemaOf(body, description, 'input') } },
      },
    }),
    responses: {
      [reply.status]: replyOf(reply, description),
      default: {
        description: 'What is wrong',
        content: { 'application/json': { schema: schemaOf(failure, description, 'output') } },
      },
    },
  };
}

function replyOf({ description: text, json, event }: ApiReply, description: ApiDescription): Json {
  const content: Json = {};
  if (json) content['application/json'] = { schema: schemaOf(json, description, 'output') };
  if (event) content['text/event-stream'] = { schema: schemaOf(event, description, 'output') };
  return { description: text, ...((json || event) && { content }) };
}

function socketOf(description: ApiDescription, socket: NonNullable<ApiDescription['socket']>): Json {
  return {
    description: socket.description,
    clientMessage: schemaOf(socket.message, description, 'input'),
    errorMessage: schemaOf(socket.failure, description, 'output'),
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
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

/** A schema as it stands in a document: a reference where it has a name. */
function schemaOf(schema: z.ZodType, description: ApiDescription, direction: Direction): Json {
  const name = namesOf(description, direction).get(schema)?.id;
  return name === undefined ? toJson(schema, direction) : { $ref: uriOf(name) };
}

function schemasOf(description: ApiDescription): Json {
  const directions: Direction[] = ['input', 'output'];
  return Object.fromEntries(
    directions.flatMap((direction) => {
      const { schemas } = z.toJSONSchema(namesOf(description, direction), {
        io: direction,
        uri: uriOf,
        unrepresentable: 'any',
      });
      return Object.entries(schemas).map(([name, schema]) => [name, withoutIds(schema)]);
    }),
  );
}

function namesOf({ name, schemas }: ApiDescription, direction: Direction) {
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
