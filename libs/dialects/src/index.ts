export {
  dialectNamed,
  type DecodedCreate,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type PromptRequest,
  type StreamEncoder,
} from './dialect.ts';
export { decodePart } from './content-part.ts';
export { quote, read, refusal, type Path } from './read.ts';
