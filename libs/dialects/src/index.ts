export { openaiConversations } from './openai/conversations.ts';
export {
  decodeCompact,
  decodeCount,
  encodeCompacted,
  encodeCount,
  type Compacted,
} from './openai/context.ts';
export { decodeListQuery, encodeResponseList, type UrlQuery } from './openai/response-list.ts';
export {
  dialectNamed,
  type DecodedCreate,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type ItemsQuery,
  type StreamEncoder,
} from './dialect.ts';
