export {
  dialectNamed,
  type DecodedCreate,
  type DecodedRetrieve,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type StreamEncoder,
} from './dialect.ts';
