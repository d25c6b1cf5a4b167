import { z } from 'zod';
import type { ApiDescription, ApiReply } from '../api-description.ts';
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
import { CreateRequest } from './schema.ts';

const responses = '/v1/responses';
const one = `${responses}/{id}`;
const theResponse: ApiReply = { status: 200, description: 'The response', json: Response };

const Turn = CreateRequest.omit({ stream: true, background: true }).extend({
  type: z.literal('response.create'),
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
    routes: [
      {
        method: 'post',
        path: responses,
        name: 'createResponse',
        summary: 'Create a response: at once, as a stream, or in the background',
        body: CreateRequest,
        reply: { ...theResponse, event: StreamEvent },
      },
      {
        method: 'get',
        path: one,
        name: 'retrieveResponse',
        summary: 'Retrieve a response',
        reply: theResponse,
      },
      {
        method: 'delete',
        path: one,
        name: 'deleteResponse',
        summary: 'Delete a response; one that runs is cancelled first',
        reply: { status: 200, description: 'It is gone', json: Deleted },
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
        summary: 'The whole context of a response, page by page',
        query: z.object({
          after: z.string().optional(),
          limit: z.int().min(1).max(100).default(20),
          order: z.enum(['asc', 'desc']).default('desc'),
        }),
        reply: { status: 200, description: 'A page of items', json: ItemList },
      },
    ],
    socket: {
      path: responses,
      description:
        'Open a WebSocket: each `response.create` message gets the events of a stream, each as one message. One response at a time.',
      message: Turn,
      failure: SocketError,
    },
  };
}
