import type { ApprovalPolicy } from '@antiphon/contracts';
import { z } from 'zod';

export const ServerTransport = z.enum(['streamable_http', 'sse']);
export type ServerTransport = z.infer<typeof ServerTransport>;

/** Between a server's label and the name of its tool. No label holds it or ends in a part of it, so the first one divides a name. */
export const labelSeparator = '__';

/** What a server's tools are prefixed with. */
export const ServerLabel = z
  .string()
  .regex(
    /^[a-z0-9][\w-]{0,31}$/,
    'must be 1 to 32 letters, digits, dashes or underscores, with a lower-case letter or a digit first',
  )
  .refine((label) => !label.includes(labelSeparator) && !label.endsWith('_'), {
    error: 'must not hold two underscores in a row or end in one',
  });

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
  transport: ServerTransport;
  /** Sent to this server and to no other; no other credentials are. */
  headers: Readonly<Record<string, string>>;
  /** By the names the server gives them; null: all of them. */
  allowedTools: readonly string[] | null;
  approval: ApprovalPolicy;
  timeouts: Partial<ServerTimeouts>;
  isEnabled: boolean;
}

/** An outside MCP server. */
export interface McpServer extends Omit<ServerSettings, 'headers' | 'timeouts'> {
  label: string;
  /** Whose it is; null: everyone's. */
  ownerId: string | null;
  /** Whether it stands in the operator's file, whose servers may be private ones. */
  isFromFile: boolean;
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
