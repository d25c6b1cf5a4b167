import { z } from 'zod';
import type { ApiDescription, ApiReply, ApiRoute } from '../api-description.ts';
import { ToolOutputTaken } from '../codex/reply-schema.ts';
import { ToolOutput } from '../codex/schema.ts';
import { toolOutputRoutes } from '../codex/tool-output-routes.ts';
import { responseRoutes } from '../response-routes.ts';
import { ConversationCreate, ConversationItems, ConversationUpdate } from './conversations.ts';
import {
  CompactedResponse,
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

const ListQuery = ItemsQuery.extend({
  status: Response.shape.status.optional(),
  model: z.string().optional(),
  conversation: z.string().optional(),
  'metadata[key]': z.string().optional(),
});

const CountRequest = CreateRequest.partial({ model: true });
const CompactRequest = CreateRequest.pick({
  model: true,
  input: true,
  previous_response_id: true,
  instructions: true,
  prompt_cache_key: true,
});

const contextRoutes: ApiRoute[] = [
  {
    method: 'get',
    path: responses,
    name: 'listResponses',
    summary: 'The responses of the caller, newest first',
    query: ListQuery,
    reply: { status: 200, description: 'A page of them', json: ResponseList },
  },
  {
    method: 'post',
    path: `${responses}/input_tokens`,
    name: 'countInputTokens',
    summary: 'About how many tokens a model would read',
    body: CountRequest,
    reply: { status: 200, description: 'The estimate', json: InputTokens },
  },
  {
    method: 'post',
    path: `${responses}/compact`,
    name: 'compactResponse',
    summary: 'Let the model sum up a context',
    body: CompactRequest,
    reply: { status: 200, description: 'What to send in its place', json: CompactedResponse },
  },
];

const conversations = '/v1/conversations';
const theConversation: ApiReply = { status: 200, description: 'The conversation', json: Conversation };

const conversationRoutes: ApiRoute[] = [
  {
    method: 'post',
    path: conversations,
    name: 'createConversation',
    summary: 'Begin a conversation, with items or without',
    body: ConversationCreate,
    reply: theConversation,
  },
  {
    method: 'get',
    path: `${conversations}/{id}`,
    name: 'retrieveConversation',
    summary: 'Retrieve a conversation',
    reply: theConversation,
  },
  {
    method: 'post',
    path: `${conversations}/{id}`,
    name: 'updateConversation',
    summary: 'Replace the metadata of a conversation',
    body: ConversationUpdate,
    reply: theConversation,
  },
  {
    method: 'delete',
    path: `${conversations}/{id}`,
    name: 'deleteConversation',
    summary: 'Delete a conversation with its items; its responses stay',
    reply: { status: 200, description: 'It is gone', json: ConversationDeleted },
  },
  {
    method: 'post',
    path: `${conversations}/{id}/items`,
    name: 'createConversationItems',
    summary: 'Add items at the end',
    body: ConversationItems,
    reply: { status: 200, description: 'The items that were added', json: ItemList },
  },
  {
    method: 'get',
    path: `${conversations}/{id}/items`,
    name: 'listConversationItems',
    summary: 'The items of a conversation, newest first',
    query: ItemsQuery,
    reply: { status: 200, description: 'A page of them', json: ItemList },
  },
  {
    method: 'get',
    path: `${conversations}/{id}/items/{itemId}`,
    name: 'retrieveConversationItem',
    summary: 'Retrieve an item',
    reply: { status: 200, description: 'The item', json: Item },
  },
  {
    method: 'delete',
    path: `${conversations}/{id}/items/{itemId}`,
    name: 'deleteConversationItem',
    summary: 'Delete an item; the output of a server tool goes with its call',
    reply: theConversation,
  },
];

export function describeOpenai(): ApiDescription {
  return {
    name: 'openai',
    title: 'Antiphon: the API of the OpenAI SDKs and the Open Responses specification',
    schemas: {
      requests: { CreateRequest, ResponseCreateMessage: Turn, ToolOutput },
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
        ToolOutputTaken,
        ResponseList,
        InputTokens,
        CompactedResponse,
        Conversation,
        ConversationDeleted,
      },
    },
    failure: ErrorReply,
    routes: [
      ...contextRoutes,
      ...conversationRoutes,
      ...responseRoutes(responses, {
        request: CreateRequest,
        response: Response,
        event: StreamEvent,
        deleted: { status: 200, description: 'It is gone', json: Deleted },
        retrieveQuery: RetrieveQuery,
        inputItems: ItemList,
        inputItemsQuery: ItemsQuery,
      }),
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
