import type {
  AppError,
  CallDetail,
  Caller,
  HostedFunction,
  HostedTool,
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

/** Answers a turn. Each chunk is a burst of deltas that arrived together. Ends the stream early when the signal aborts. */
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
  /** The server of the request that has the tool; null: a tool of this system. */
  server: RequestServer | null;
  /** The hosted tool of the request that has the function; absent: a tool of `server` or of this system. */
  hosted?: HostedTool;
  /** The images of the conversation for a function that takes them, the newest first. */
  images?: string[];
  /** The detail that the call of a hosted tool began with. */
  detail?: CallDetail;
  /** Receives the detail so far of a hosted tool that reports it. */
  onProgress?: (detail: CallDetail) => void;
  /** JSON text of an object. */
  arguments: string;
  /** The same for every attempt of one call. */
  idempotencyKey: string;
  timeoutMs: number;
}

/** The hosted tools of a request, and what their runners may go on with. */
export interface HostedListing {
  hosted: readonly HostedTool[];
  /** The details of the last calls in the context, one of each kind. */
  earlier: readonly CallDetail[];
}

/** Runs the server's tools. A failed tool is a result; a rejected call means that the host could not be reached. */
export interface ToolHost {
  list(caller: Caller, select: ServerToolSelection, signal: AbortSignal): Promise<ServerTool[]>;
  /** The tools of a server that the request names. Rejects where the server cannot be asked. */
  listServer(caller: Caller, server: RequestServer, signal: AbortSignal): Promise<ServerListing>;
  /** The functions of hosted tools. Rejects where the settings of a tool cannot be kept. */
  listHosted(caller: Caller, listing: HostedListing, signal: AbortSignal): Promise<HostedFunction[]>;
  call(caller: Caller, request: ToolCallRequest, signal: AbortSignal): Promise<ToolResult>;
}

/** Everything outside the engine that a run uses. */
export interface RunPorts {
  model: LanguageModel;
  tools: ToolHost;
  /** Checks answers against the schemas that the request names. */
  schemas: SchemaChecker;
  newId(kind: IdKind): string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Seals reasoning for its caller to send back. Left out: no reasoning is sealed. */
  seal?(thought: Pick<ReasoningItem, 'text' | 'origin'>): string;
  /** Takes back the last `count` events that the run yielded. True: no client has read them. Left out: yielded events count as read. */
  takeBack?(count: number): boolean;
  /**
   * Called before each request to the model. Aborts the run's signal where another process has taken the run over, as after a time in which
   * this process was frozen. Rejects where that cannot be found out. Left out: this process holds the run.
   */
  confirmHold?(): Promise<void>;
  /** Called with every `internal` error and its cause, for the log: the run's events show it without the cause. */
  onInternalError?(error: AppError): void;
}
