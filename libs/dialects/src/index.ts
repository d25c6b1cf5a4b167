export {
  dialectNamed,
  type DecodedCreate,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type SocketDialect,
  type StreamEncoder,
} from './dialect.ts';
export { openaiSocket } from './openai/socket.ts';
export { apiDescriptions, type ApiDescription, type ApiReply, type ApiRoute } from './api-description.ts';
export { ErrorReply as OpenaiErrorReply } from './openai/reply-schema.ts';
