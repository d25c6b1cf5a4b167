import type {
  AppError,
  Caller,
  IdKind,
  ModelDelta,
  ModelRequest,
  ReasoningItem,
  RequestServer,
  ServerListing,
  ServerTool,
  ServerToolSelection,
  ToolResult,
} from '@antiphon/contracts';
import type { SchemaChecker } from './output-schema/schema-checker.ts';

/** Whatever answers a turn. Each chunk is a burst: what arrived together. Ends the stream early when the signal aborts. */
export interface LanguageModel {
  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
  ): AsyncIterable<readonly ModelDelta[]>;
}

/** One call of a server tool. */
export interface ToolCallRequest {
  name: string;
  /** The request's server whose tool it is; null: one of ours. */
  server: RequestServer | null;
  /** JSON text of an object. */
  arguments: string;
  /** The same for every attempt of one call. */
  idempotencyKey: string;
  timeoutMs: number;
}

/** Whatever runs the server's tools. A tool that fails is a result; a call that rejects means that the host could not be asked. */
export interface ToolHost {
  list(caller: Caller, select: ServerToolSelection, signal: AbortSignal): Promise<ServerTool[]>;
  /** The tools of a server that the request names. Rejects with what keeps it from being asked. */
  listServer(caller: Caller, server: RequestServer, signal: AbortSignal): Promise<ServerListing>;
  call(caller: Caller, request: ToolCallRequest, signal: AbortSignal): Promise<ToolResult>;
}

/** What a run needs from outside. */
export interface RunPorts {
  model: LanguageModel;
  tools: ToolHost;
  /** Checks answers against the schemas that the request names. */
  schemas: SchemaChecker;
  newId(kind: IdKind): string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Seals a thought for its caller to send back. Left out: no thought is. */
  seal?(thought: Pick<ReasoningItem, 'text' | 'origin'>): string;
  /**
   * Takes back the last `count` events that the run yielded (0 for none), and says whether it could and the run may go on: only where no
   * client has read any of them, and the run is still this process's. Left out: what was yielded counts as read.
   */
  takeBack?(count: number): boolean | Promise<boolean>;
  /** Told of every error that is `internal`, cause included: the run's events show it without. For the log. */
  onInternalError?(error: AppError): void;
}
