import type { Api, Route } from '@antiphon/contracts';
import { z } from 'zod';
import { codex } from '../codex/index.ts';
import { ToolOutputTaken } from '../codex/reply-schema.ts';
import { ToolOutput } from '../codex/schema.ts';
import { toolOutputRoutes } from '../codex/tool-output-routes.ts';
import { responseRoutes } from '../response-routes.ts';
import { CompactRequest, CountRequest } from './contexts/contexts.ts';
import { contextRoutes } from './contexts/routes.ts';
import { AddedItems, ConversationChange, ConversationRequest } from './conversations/conversations.ts';
import { conversationRoutes } from './conversations/routes.ts';
import { openai } from './index.ts';
import { ItemsQuery } from './page-query.ts';
import { CompactedContext, InputTokens } from './replies/context.ts';
import { Conversation, ConversationDeleted } from './replies/conversation.ts';
import { ErrorReply, SocketError } from './replies/error.ts';
import { ContentPart, Item, ItemList } from './replies/item.ts';
import { Deleted, Response, ResponseList, Usage } from './replies/response.ts';
import { StreamEvent } from './replies/stream-event.ts';
import { CreateRequest, RetrieveQuery } from './schema.ts';

const responses = '/v1/responses';

export const openaiRoutes = {
  // Clients of the codex dialect may use `/v1` with a header that names the dialect.
  responses: responseRoutes(
    responses,
    { own: openai, profiles: [codex] },
    {
      request: CreateRequest,
      response: Response,
      event: StreamEvent,
      deleted: { status: 200, description: 'Deleted', json: Deleted },
      retrieveQuery: RetrieveQuery,
      inputItems: ItemList,
      inputItemsQuery: ItemsQuery,
    },
  ),
  contexts: contextRoutes,
  conversations: conversationRoutes,
  toolOutputs: toolOutputRoutes(responses),
};

const Turn = CreateRequest.omit({ stream: true, background: true }).extend({
  type: z.literal('response.create'),
});

export const openaiApi: Api = {
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
  routes: Object.values<Record<string, Route>>(openaiRoutes).flatMap((routes) => Object.values(routes)),
  socket: {
    path: responses,
    description:
      'Open a WebSocket: each `response.create` message gets the events of a stream, each as one message. One response at a time.',
    message: Turn,
    failure: SocketError,
  },
};
