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

/** The settings of a server. Its owner chooses them. */
export interface ServerSettings {
  url: string;
  /** Null: streamable HTTP, or SSE where the server does not support that. */
  transport: ServerTransport | null;
  /** Sent to this server only. It gets no other credentials. */
  headers: Readonly<Record<string, string>>;
  /** By the server's names; null: all tools. */
  allowedTools: readonly string[] | null;
  approval: ApprovalPolicy;
  timeouts: Partial<ServerTimeouts>;
  /** Calls at the same time from one process; null: the limit for every server. */
  concurrency: number | null;
  /** Settings of single tools, by the server's names. */
  tools: Readonly<Record<string, OwnToolSettings>>;
  isEnabled: boolean;
  /** Whether only the approved versions of its tools are used. */
  isPinned: boolean;
}

/** The settings of one tool. Missing ones are those of the server. */
export interface OwnToolSettings {
  isEnabled?: boolean;
  /** Replaces the server's description. */
  description?: string;
  approval?: ApprovalPolicy;
  timeoutMs?: number;
  /** Calls at the same time from one process. */
  concurrency?: number;
}

/** An outside MCP server. */
export interface McpServer extends Omit<ServerSettings, 'headers' | 'timeouts'> {
  /** The same for all versions; null for a server that is not registered over the API. */
  id: string | null;
  label: string;
  /** The user that owns it; null: for everyone. */
  ownerId: string | null;
  /** Its origin: the operator's file (whose servers may have private addresses), the API, or one request. */
  source: 'file' | 'api' | 'request';
  /** Whether the annotations of its tools are trusted (that they are read-only, for instance). */
  isTrusted: boolean;
  timeouts: ServerTimeouts;
  headerNames: readonly string[];
  /** Opens the headers. Throws `conflict` where they were sealed with another key. */
  openHeaders(): Readonly<Record<string, string>>;
  /** Differs after each change. */
  revision: string;
  createdAt: Date | null;
  updatedAt: Date | null;
}
