export {
  dialectNamed,
  type DecodedCreate,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type StreamEncoder,
} from './dialect.ts';
