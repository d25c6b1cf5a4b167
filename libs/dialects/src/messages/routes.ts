import { type Api, decodedBy, defineRoute } from '@antiphon/contracts';
import { decodeKey, KeyHeader } from '../response-routes.ts';
import { decodeCount, decodeCreate } from './decode.ts';
import { ContentBlock, ErrorReply, Message, StreamEvent, TokenCount, Usage } from './reply-schema.ts';
import { CountRequest, CreateRequest } from './schema.ts';

export const messagesRoutes = {
  create: defineRoute({
    method: 'post',
    path: '/v1/messages',
    name: 'createMessage',
    summary: 'Answer a conversation with a message, whole or as a stream; nothing is stored',
    headers: decodedBy(KeyHeader, (own) => ({ idempotencyKey: decodeKey(own) })),
    body: decodedBy(CreateRequest, (body) => ({ body, ...decodeCreate(body) })),
    reply: { status: 200, description: 'The message', json: Message, event: StreamEvent },
  }),
  countTokens: defineRoute({
    method: 'post',
    path: '/v1/messages/count_tokens',
    name: 'countMessageTokens',
    summary: 'Estimate the tokens that the model would read',
    body: decodedBy(CountRequest, decodeCount),
    reply: { status: 200, description: 'The count', json: TokenCount },
  }),
};

export const messagesApi: Api = {
  name: 'messages',
  title: 'Antiphon: the API of the Anthropic SDKs',
  schemas: {
    requests: { CreateRequest, CountRequest },
    replies: { Message, ContentBlock, Usage, TokenCount, StreamEvent, ErrorReply },
  },
  failure: ErrorReply,
  routes: Object.values(messagesRoutes),
};
