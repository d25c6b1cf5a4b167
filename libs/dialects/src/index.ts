export {
  dialectNamed,
  type DecodedCreate,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type SpokenDialect,
  type StreamEncoder,
} from './dialect.ts';
