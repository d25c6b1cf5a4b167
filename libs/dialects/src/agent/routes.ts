import { type Api, decoded, defineRoute } from '@antiphon/contracts';
import { responseRoutes } from '../response-routes.ts';
import { decodeConversationsQuery } from './conversations.ts';
import { agent } from './index.ts';
import {
  Conversation,
  ConversationList,
  Decisions,
  ErrorReply,
  Interrupt,
  Message,
  Messages,
  Response,
  StreamEvent,
} from './reply-schema.ts';
import { ConversationsQuery, CreateRequest, RetrieveQuery } from './schema.ts';

const responses = '/api/v1/responses';
const conversations = '/api/v1/conversations';

export const agentRoutes = {
  responses: responseRoutes(
    responses,
    { own: agent },
    {
      request: CreateRequest,
      response: Response,
      event: StreamEvent,
      deleted: { status: 204, description: 'Deleted' },
      retrieveQuery: RetrieveQuery,
      inputItems: Messages,
    },
  ),
  listDecisions: defineRoute({
    method: 'get',
    path: `${responses}/{id}/decisions`,
    name: 'listDecisions',
    summary: 'The decisions about the tool calls of a response, with their users and times',
    reply: { status: 200, description: 'The decisions, oldest first', json: Decisions },
  }),
  listConversations: defineRoute({
    method: 'get',
    path: conversations,
    name: 'listConversations',
    summary: 'Your conversations, newest first',
    query: decoded(ConversationsQuery, decodeConversationsQuery),
    reply: { status: 200, description: 'A page of conversations', json: ConversationList },
  }),
  retrieveConversation: defineRoute({
    method: 'get',
    path: `${conversations}/{id}`,
    name: 'retrieveConversation',
    summary: 'A conversation with its messages',
    reply: { status: 200, description: 'The conversation', json: Conversation },
  }),
  deleteConversation: defineRoute({
    method: 'delete',
    path: `${conversations}/{id}`,
    name: 'deleteConversation',
    summary: 'Delete a conversation with its responses; running responses are cancelled first',
    reply: { status: 204, description: 'Deleted' },
  }),
};

const { responses: responseGroup, ...others } = agentRoutes;

export const agentApi: Api = {
  name: 'agent',
  title: 'Antiphon: the API of agents that ask before they act',
  schemas: {
    requests: { CreateRequest },
    replies: {
      Response,
      Message,
      Interrupt,
      Messages,
      Decisions,
      Conversation,
      ConversationList,
      StreamEvent,
      ErrorReply,
    },
  },
  failure: ErrorReply,
  routes: [...Object.values(responseGroup), ...Object.values(others)],
};
