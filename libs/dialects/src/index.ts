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
