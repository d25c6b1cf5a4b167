import { z } from 'zod';
import type { ApiReply, ApiRoute } from './api-description.ts';

/** The name that a caller gives a create which is not to be done twice. */
export const IdempotencyKeyHeader = z.string().regex(/^[\w:.-]{1,255}$/);

const CreateHeaders = z.object({ 'Idempotency-Key': IdempotencyKeyHeader.optional() });

/** What differs between dialects in the routes that all of them have. */
export interface ResponseSchemas {
  request: z.ZodType;
  response: z.ZodType;
  /** One event of a stream. */
  event: z.ZodType;
  deleted: ApiReply;
  /** The query of a retrieve, where the events of a stored response can be asked for. */
  retrieveQuery?: z.ZodObject;
  inputItems: z.ZodType;
  inputItemsQuery?: z.ZodObject;
}

/** The routes of the Responses API below `base`, which every dialect has (`dialect.controller.ts` of the service). */
export function responseRoutes(base: string, schemas: ResponseSchemas): ApiRoute[] {
  const one = `${base}/{id}`;
  const theResponse: ApiReply = { status: 200, description: 'The response', json: schemas.response };
  return [
    {
      method: 'post',
      path: base,
      name: 'createResponse',
      summary: 'Create a response: at once, as a stream, or in the background',
      headers: CreateHeaders,
      body: schemas.request,
      reply: { ...theResponse, event: schemas.event },
    },
    {
      method: 'get',
      path: one,
      name: 'retrieveResponse',
      summary: 'Retrieve a response',
      ...(schemas.retrieveQuery && { query: schemas.retrieveQuery }),
      reply: schemas.retrieveQuery ? { ...theResponse, event: schemas.event } : theResponse,
    },
    {
      method: 'delete',
      path: one,
      name: 'deleteResponse',
      summary: 'Delete a response; one that runs is cancelled first',
      reply: schemas.deleted,
    },
    {
      method: 'post',
      path: `${one}/cancel`,
      name: 'cancelResponse',
      summary: 'Cancel a response; a finished one stays as it is',
      reply: theResponse,
    },
    {
      method: 'get',
      path: `${one}/input_items`,
      name: 'listInputItems',
      summary: 'The whole context of a response: what the model was sent',
      ...(schemas.inputItemsQuery && { query: schemas.inputItemsQuery }),
      reply: { status: 200, description: 'The items', json: schemas.inputItems },
    },
  ];
}
