import type { ApprovalPolicy } from '@antiphon/contracts';
import { z } from 'zod';

export const ServerTransport = z.enum(['streamable_http', 'sse']);
export type ServerTransport = z.infer<typeof ServerTransport>;

/** How long a server may take, in milliseconds. */
export interface ServerTimeouts {
  connectMs: number;
  /** For all pages of its tools together. */
  listMs: number;
  callMs: number;
}

/** What whoever registers a server decides. */
export interface ServerSettings {
  url: string;
  /** Null: streamable HTTP, or SSE where the server does not know that. */
  transport: ServerTransport | null;
  /** Sent to this server and to no other; no other credentials are. */
  headers: Readonly<Record<string, string>>;
  /** By the names the server gives them; null: all of them. */
  allowedTools: readonly string[] | null;
  approval: ApprovalPolicy;
  timeouts: Partial<ServerTimeouts>;
  /** Calls at the same time from one process; null: as many as any server may have. */
  concurrency: number | null;
  /** What differs for single tools, by the names the server gives them. */
  tools: Readonly<Record<string, OwnToolSettings>>;
  isEnabled: boolean;
  /** Whether its tools are used only as its owner approved them. */
  isPinned: boolean;
}

/** What is said of one tool of a server. What is left out is as for all of them. */
export interface OwnToolSettings {
  isEnabled?: boolean;
  /** In place of the server's. */
  description?: string;
  approval?: ApprovalPolicy;
  timeoutMs?: number;
  /** Calls at the same time from one process. */
  concurrency?: number;
}

/** An outside MCP server. */
export interface McpServer extends Omit<ServerSettings, 'headers' | 'timeouts'> {
  /** The same through all changes; null: it is not registered by our API. */
  id: string | null;
  label: string;
  /** Whose it is; null: everyone's. */
  ownerId: string | null;
  /** Where it comes from: the operator's file, whose servers may be private ones, our API, or one request. */
  source: 'file' | 'api' | 'request';
  /** Whether what it says of its tools (that they change nothing, say) is believed. */
  isTrusted: boolean;
  timeouts: ServerTimeouts;
  headerNames: readonly string[];
  /** Throws where they were sealed with another key. */
  openHeaders(): Readonly<Record<string, string>>;
  /** Another one with each change. */
  revision: string;
  createdAt: Date | null;
  updatedAt: Date | null;
}
