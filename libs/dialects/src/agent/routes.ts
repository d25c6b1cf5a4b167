import type { ApiDescription, ApiRoute } from '../api-description.ts';
import { responseRoutes } from '../response-routes.ts';
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
import { ConversationsQuery, CreateRequest } from './schema.ts';

const responses = '/api/v1/responses';
const conversations = '/api/v1/conversations';

export function describeAgent(): ApiDescription {
  return {
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
    routes: [
      ...responseRoutes(responses, {
        request: CreateRequest,
        response: Response,
        event: StreamEvent,
        deleted: { status: 204, description: 'It is gone' },
        inputItems: Messages,
      }),
      {
        method: 'get',
        path: `${responses}/{id}/decisions`,
        name: 'listDecisions',
        summary: 'Who decided what about the tool calls of a response',
        reply: { status: 200, description: 'The decisions, oldest first', json: Decisions },
      },
      ...conversationRoutes,
    ],
  };
}

const conversationRoutes: ApiRoute[] = [
  {
    method: 'get',
    path: conversations,
    name: 'listConversations',
    summary: 'Your conversations, newest first',
    query: ConversationsQuery,
    reply: { status: 200, description: 'A page of conversations', json: ConversationList },
  },
  {
    method: 'get',
    path: `${conversations}/{id}`,
    name: 'retrieveConversation',
    summary: 'A conversation with its messages',
    reply: { status: 200, description: 'The conversation', json: Conversation },
  },
  {
    method: 'delete',
    path: `${conversations}/{id}`,
    name: 'deleteConversation',
    summary: 'Delete a conversation with its responses; one that runs is cancelled first',
    reply: { status: 204, description: 'It is gone' },
  },
];
