import { defineRoute, type RouteReply } from '@antiphon/contracts';
import { z } from 'zod';

/** The name that a caller gives a create, so that it is not done twice. */
export const IdempotencyKeyHeader = z.string().regex(/^[\w:.-]{1,255}$/);

const CreateHeaders = z.object({ 'Idempotency-Key': IdempotencyKeyHeader.optional() });

/** What differs between dialects in the routes that all of them have. */
export interface ResponseSchemas {
  request: z.ZodType;
  response: z.ZodType;
  /** One event of a stream. */
  event: z.ZodType;
  deleted: RouteReply;
  /** The query of a retrieve, where the events of a stored response can be requested. */
  retrieveQuery?: z.ZodObject;
  inputItems: z.ZodType;
  inputItemsQuery?: z.ZodObject;
}

/**
 * The routes of the Responses API below `base`, which every dialect has. What a request means depends on its dialect, which a header may
 * choose, and on its prompt: the `Dialect` decodes it.
 */
export function responseRoutes(base: string, schemas: ResponseSchemas) {
  const one = `${base}/{id}` as const;
  const response = { status: 200, description: 'The response', json: schemas.response };
  const create = defineRoute({
    method: 'post',
    path: base,
    name: 'createResponse',
    summary: 'Create a response: at once, as a stream, or in the background',
    headers: CreateHeaders,
    body: schemas.request,
    raw: ['headers', 'body'],
    reply: { ...response, event: schemas.event },
  });
  const retrieve = defineRoute({
    method: 'get',
    path: one,
    name: 'retrieveResponse',
    summary: 'Retrieve a response',
    ...(schemas.retrieveQuery && { query: schemas.retrieveQuery }),
    raw: ['query'],
    reply: schemas.retrieveQuery ? { ...response, event: schemas.event } : response,
  });
  const remove = defineRoute({
    method: 'delete',
    path: one,
    name: 'deleteResponse',
    summary: 'Delete a response; one that runs is cancelled first',
    reply: schemas.deleted,
  });
  const cancel = defineRoute({
    method: 'post',
    path: `${one}/cancel`,
    name: 'cancelResponse',
    summary: 'Cancel a response; a finished one stays as it is',
    reply: response,
  });
  const listInputItems = defineRoute({
    method: 'get',
    path: `${one}/input_items`,
    name: 'listInputItems',
    summary: 'The whole context of a response: what the model was sent',
    ...(schemas.inputItemsQuery && { query: schemas.inputItemsQuery }),
    raw: ['query'],
    reply: { status: 200, description: 'The items', json: schemas.inputItems },
  });
  return { create, retrieve, remove, cancel, listInputItems };
}

export type ResponseRoutes = ReturnType<typeof responseRoutes>;
