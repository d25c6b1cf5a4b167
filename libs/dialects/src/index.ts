export { encodeConversation, encodeConversationList } from './agent/conversations.ts';
export { encodeDecisions } from './agent/decisions.ts';
export { decodeToolOutput, encodeToolOutputTaken } from './codex/tool-outputs.ts';
export { openaiConversations } from './openai/conversations/conversations.ts';
export { encodeCompacted, encodeCount, type Compacted } from './openai/contexts/contexts.ts';
export { encodeRequest } from './openai/encode-request.ts';
export { encodeResponseList } from './openai/response-list.ts';
export {
  type CancelOutcome,
  type DecodedCreate,
  type DecodedDecisions,
  type DecodedRetrieve,
  type Dialect,
  type EncodedReply,
  type EncodedWebhook,
  type Promptable,
  type PromptRequest,
  type SocketDialect,
  type StoringDialect,
  type ReplyMode,
  type RequestHeaders,
  type StreamEncoder,
} from './dialect.ts';
export { decodePart, isImageType } from './common/content-part.ts';
export { openaiSocket } from './openai/socket.ts';
export { dialectApis, dialectNamed, storingDialectNamed } from './registry.ts';
export { webhookRequest } from './webhook-request.ts';
export type { ResponseRoutes } from './response-routes.ts';
export { agentRoutes } from './agent/routes.ts';
export { codexRoutes } from './codex/routes.ts';
export { janRoutes } from './jan/routes.ts';
export { messages } from './messages/index.ts';
export { messagesRoutes } from './messages/routes.ts';
export { encodeTokenCount } from './messages/encode.ts';
export { openaiRoutes } from './openai/routes.ts';
export { ErrorReply as OpenaiErrorReply } from './openai/replies/error.ts';
export { isToolOutput } from './common/tool-output-text.ts';
