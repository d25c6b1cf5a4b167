export {
  dialectNamed,
  type DecodedCreate,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type PromptRequest,
  type SocketDialect,
  type StreamEncoder,
} from './dialect.ts';
export { decodePart } from './content-part.ts';
export { openaiSocket } from './openai/socket.ts';
export { quote, read, refusal, type Path } from './read.ts';
