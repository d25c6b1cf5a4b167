import { defineRoute, type RouteReply } from '@antiphon/contracts';
import { z } from 'zod';

/** The caller's key for a create, so that a repeated request does not run twice. */
export const IdempotencyKeyHeader = z.string().regex(/^[\w:.-]{1,255}$/);

const CreateHeaders = z.object({ 'Idempotency-Key': IdempotencyKeyHeader.optional() });

/** The parts of the common routes that differ between dialects. */
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
 * The routes of the Responses API below `base`, which every dialect has. The meaning of a request depends on its dialect, which a header may
 * choose, and on its prompt: the `Dialect` decodes it.
 */
export function responseRoutes(base: string, schemas: ResponseSchemas) {
  const one = `${base}/{id}` as const;
  const response = { status: 200, description: 'The response', json: schemas.response };
  const create = defineRoute({
    method: 'post',
    path: base,
    name: 'createResponse',
    summary: 'Create a response: in the foreground, as a stream, or in the background',
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
    summary: 'Delete a response; a running response is cancelled first',
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
    summary: 'The whole context of a response: the items that the model was sent',
    ...(schemas.inputItemsQuery && { query: schemas.inputItemsQuery }),
    raw: ['query'],
    reply: { status: 200, description: 'The items', json: schemas.inputItems },
  });
  return { create, retrieve, remove, cancel, listInputItems };
}

export type ResponseRoutes = ReturnType<typeof responseRoutes>;
