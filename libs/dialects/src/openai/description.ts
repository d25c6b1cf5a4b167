import { z } from 'zod';
import type { ApiDescription } from '../api-description.ts';
import { responseRoutes } from '../response-routes.ts';
import {
  ContentPart,
  Deleted,
  ErrorReply,
  Item,
  ItemList,
  Response,
  SocketError,
  StreamEvent,
  Usage,
} from './reply-schema.ts';
import { CreateRequest, RetrieveQuery } from './schema.ts';

const responses = '/v1/responses';

const Turn = CreateRequest.omit({ stream: true, background: true }).extend({
  type: z.literal('response.create'),
});

const ItemsQuery = z.object({
  after: z.string().optional(),
  limit: z.int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

export function describeOpenai(): ApiDescription {
  return {
    name: 'openai',
    title: 'Antiphon: the API of the OpenAI SDKs and the Open Responses specification',
    schemas: {
      requests: { CreateRequest, ResponseCreateMessage: Turn },
      replies: {
        Response,
        Item,
        ContentPart,
        Usage,
        ItemList,
        Deleted,
        StreamEvent,
        ErrorReply,
        SocketError,
      },
    },
    failure: ErrorReply,
    routes: responseRoutes(responses, {
      request: CreateRequest,
      response: Response,
      event: StreamEvent,
      deleted: { status: 200, description: 'It is gone', json: Deleted },
      retrieveQuery: RetrieveQuery,
      inputItems: ItemList,
      inputItemsQuery: ItemsQuery,
    }),
    socket: {
      path: responses,
      description:
        'Open a WebSocket: each `response.create` message gets the events of a stream, each as one message. One response at a time.',
      message: Turn,
      failure: SocketError,
    },
  };
}
