export {
  AppError,
  deepestCause,
  errorCodes,
  ErrorCode,
  ErrorInfo,
  ErrorMessage,
  ModelSource,
  type AppErrorOptions,
  Unanswered,
} from './errors.ts';
export {
  AccountKind,
  accountKindOf,
  Caller,
  CallerKind,
  CallerRights,
  creatorOf,
  rightsOf,
  Scope,
} from './caller.ts';
export { firstIdAt, idPrefixes, isId, newId, timeOfId, type IdKind } from './ids.ts';
export { bodyLimits, type BodyLimits, workRoom } from './body-limits.ts';
export { JsonObject, JsonValue, parsedJson } from './json.ts';
export { pointerSteps, referredValue, valueAt } from './json-pointer.ts';
export { schemaKeywords, schemaMapKeywords } from './json-schema-keywords.ts';
export { isStorableText, storableText } from './storable-text.ts';
export { NetworkPolicy } from './response/hosted/shell.ts';
export { firstWithin } from './first-within.ts';
export { issuesOf, quote, type RequestIssue, type SchemaIssue } from './validation/issues.ts';
export { missing, read, refusal } from './validation/read.ts';
export { nameOf, type RequestPath } from './validation/request-path.ts';
export {
  AdditionalToolsItem,
  ApprovalResponseItem,
  asProposed,
  AudioPart,
  CallKind,
  CallOrigin,
  CallState,
  ContentPart,
  FilePart,
  FunctionCallItem,
  functionCall,
  FunctionCallOutputItem,
  ImagePart,
  isRejected,
  rejectionsIn,
  Item,
  ItemStatus,
  McpListToolsItem,
  MessageItem,
  MessageRole,
  ReasoningItem,
  CompactionItem,
  ThoughtContent,
  RefusalPart,
  TextPart,
  ThoughtOrigin,
  TokenLogprob,
  textOf,
  wasDecidedInPlace,
} from './response/item.ts';
export { CitableSource, Citation, Source } from './response/content/citation.ts';
export { sniffedType } from './response/content/media-type.ts';
export {
  CallDetail,
  type CallDetailOf,
  HostedKind,
  HostedTool,
  type HostedToolOf,
} from './response/hosted/hosted-tool.ts';
export { AttributeFilter, AttributeValue } from './response/hosted/attribute-filter.ts';
export {
  FileSearchDetail,
  FileSearchOptions,
  FoundPassage,
  SearchRanking,
} from './response/hosted/file-search.ts';
export { ImageGenerationDetail, ImageGenerationOptions } from './response/hosted/image-generation.ts';
export {
  type CodeInterpreterDetail,
  type CodeInterpreterOptions,
  type CodeOutput,
  MemoryLimit,
  type RequestContainer,
} from './response/hosted/code-interpreter.ts';
export type { ShellDetail } from './response/hosted/shell.ts';
export {
  SearchLocation,
  SearchResult,
  WebSearchDetail,
  WebSearchOptions,
} from './response/hosted/web-search.ts';
export {
  AddedTools,
  AllowedTool,
  ApprovalPolicy,
  ApprovalRule,
  ClientTool,
  ClientToolKind,
  Grammar,
  labelSeparator,
  needsApproval,
  LeftOutTool,
  ListedTool,
  NamedServer,
  ownLabel,
  qualifiedToolName,
  RequestServer,
  ServerAccess,
  ServerLabel,
  ServerListing,
  ServerTool,
  Tool,
  ToolAnnotations,
  ToolChoice,
  ToolFilter,
  ToolName,
  ToolNamespace,
} from './response/tool.ts';
export {
  DialectName,
  ModelSettings,
  OutputCheck,
  PauseMode,
  PromptUse,
  Response,
  ServerToolSelection,
  TextFormat,
  ValidationRule,
} from './response/response.ts';
export { Decision, type DecisionRecord } from './response/decision.ts';
export type {
  ConversationPage,
  ConversationSummary,
  ConversationTurns,
} from './response/conversation-turns.ts';
export { ModelAttempt } from './response/turns/model-attempt.ts';
export {
  costOf,
  keptAttemptsMax,
  lastAnswered,
  TurnCourse,
  TurnRecord,
} from './response/turns/turn-record.ts';
export { addUsage, noUsage, Usage } from './response/turns/usage.ts';
export { ServerHeaders } from './response/server-headers.ts';
export { Conversation } from './response/conversation.ts';
export {
  CreateResponse,
  InputItem,
  ItemReference,
  partsOf,
  SealedCompaction,
  SealedThought,
} from './response/create-response.ts';
export { ResponseFilter } from './response/response-filter.ts';
export { finalStatuses, isFinal, ResponseStatus, statusMoves } from './response/status.ts';
export {
  isLifecycleEvent,
  type CitationEvent,
  type DeltaEvent,
  type ItemAddedEvent,
  type ItemChangedEvent,
  type ItemDoneEvent,
  type LifecycleEvent,
  type ModelFinishedEvent,
  type ResponseEvent,
  type ToolFinishedEvent,
  type ToolStartedEvent,
} from './response/event.ts';
export { defineRpc, defineSignal, defineStream, type Rpc, type Signal, type StreamRpc } from './rpc/rpc.ts';
export {
  defaultModelName,
  embeddedTextsMax,
  FinishReason,
  type HostedCallDelta,
  HostedResult,
  llmEmbed,
  HealthChange,
  llmHealthChanged,
  llmHealthRequested,
  llmModels,
  llmStream,
  ModelDelta,
  ModelInfo,
  ModelRequest,
  ModelTool,
} from './rpc/llm.ts';
export {
  editedImagesMax,
  ImagePiece,
  imagePromptMax,
  ImageRequest,
  ImageUsage,
  llmCheckImages,
  llmImage,
} from './rpc/images.ts';
export {
  autoOr,
  givenOptions,
  ImageBytes,
  ImageFormat,
  ImageOptions,
  ImageTraits,
  PartialImages,
} from './response/content/image.ts';
export {
  CalledServer,
  HostedCallChunk,
  HostedFunction,
  ToolResult,
  toolsCall,
  toolsCallHosted,
  toolsCancelled,
  toolsList,
  toolsListHosted,
  toolsListServer,
} from './rpc/tools.ts';
export { FileBytes, filesRead, readFilesBytesMax } from './rpc/files.ts';
export { authRevoked, authTokenRevoked, authVerifyKey } from './rpc/auth.ts';
export { responsesCancel, responsesQueued, runsAdvanced } from './rpc/responses.ts';
export {
  defineEvent,
  EventMessage,
  eventStream,
  newEvent,
  type EventContract,
  type NewEvent,
} from './events/event.ts';
export { responseCreated, responseMoved, type EndedData, type ResponseData } from './events/responses.ts';
export { toolExecuted } from './events/tools.ts';
export { usageRecorded, type UsageRecord } from './events/usage.ts';
export { promptPublished } from './events/prompts.ts';
export { userCreated, userRemoved } from './events/users.ts';
export { pageOf, type Api } from './http/api.ts';
export { connectionHeaders } from './http/connection-headers.ts';
export {
  decoded,
  decodedBy,
  type DecodedPart,
  defineRoute,
  type InputOf,
  type RawRequest,
  type ReplyOf,
  type RequestPart,
  type Route,
  type RouteReply,
  schemaOf,
} from './http/route.ts';
