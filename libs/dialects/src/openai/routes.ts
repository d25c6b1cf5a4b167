import { z } from 'zod';
import type { ApiDescription } from '../api-description.ts';
import { ToolOutputTaken } from '../codex/reply-schema.ts';
import { ToolOutput } from '../codex/schema.ts';
import { toolOutputRoutes } from '../codex/tool-output-routes.ts';
import { responseRoutes } from '../response-routes.ts';
import { CompactRequest, CountRequest } from './contexts/contexts.ts';
import { contextRoutes } from './contexts/routes.ts';
import { conversationRoutes } from './conversations/routes.ts';
import { AddedItems, ConversationChange, ConversationRequest } from './conversations/conversations.ts';
import { ItemsQuery } from './page-query.ts';
import {
  CompactedContext,
  ContentPart,
  Conversation,
  ConversationDeleted,
  Deleted,
  ErrorReply,
  InputTokens,
  Item,
  ItemList,
  Response,
  ResponseList,
  SocketError,
  StreamEvent,
  Usage,
} from './replies/response.ts';
import { CreateRequest, RetrieveQuery } from './schema.ts';

const responses = '/v1/responses';

const Turn = CreateRequest.omit({ stream: true, background: true }).extend({
  type: z.literal('response.create'),
});

export function describeOpenai(): ApiDescription {
  return {
    name: 'openai',
    title: 'Antiphon: the API of the OpenAI SDKs and the Open Responses specification',
    schemas: {
      requests: {
        CreateRequest,
        ResponseCreateMessage: Turn,
        CountRequest,
        CompactRequest,
        ConversationRequest,
        ConversationChange,
        AddedItems,
        ToolOutput,
      },
      replies: {
        Response,
        Item,
        ContentPart,
        Usage,
        ItemList,
        ResponseList,
        Deleted,
        InputTokens,
        CompactedContext,
        Conversation,
        ConversationDeleted,
        StreamEvent,
        ErrorReply,
        SocketError,
        ToolOutputTaken,
      },
    },
    failure: ErrorReply,
    routes: [
      ...responseRoutes(responses, {
        request: CreateRequest,
        response: Response,
        event: StreamEvent,
        deleted: { status: 200, description: 'It is gone', json: Deleted },
        retrieveQuery: RetrieveQuery,
        inputItems: ItemList,
        inputItemsQuery: ItemsQuery,
      }),
      ...contextRoutes(responses),
      ...conversationRoutes('/v1/conversations'),
      ...toolOutputRoutes(responses),
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
