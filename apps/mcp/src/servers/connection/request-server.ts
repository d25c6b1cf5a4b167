import { createHash } from 'node:crypto';
import type { CalledServer, Caller, ServerAccess } from '@antiphon/contracts';
import type { McpServer, ServerTimeouts } from '../registry/server.ts';

/**
 * A server that a request brings along. It belongs to its caller, and requests with the same access share it. The annotations of its tools are
 * trusted: its caller chooses tools and approvals by them.
 */
export function requestServer(
  caller: Caller,
  { label, allowed, access }: CalledServer & { access: ServerAccess },
  timeouts: ServerTimeouts,
): McpServer {
  const { url, headers } = access;
  const allowedTools = allowed?.names ?? null;
  return {
    id: null,
    label,
    ownerId: caller.userId,
    source: 'request',
    url,
    transport: null,
    headerNames: Object.keys(headers),
    openHeaders: () => headers,
    allowedTools,
    approval: 'unsafe',
    timeouts,
    concurrency: null,
    tools: {},
    isEnabled: true,
    isPinned: false,
    isTrusted: true,
    revision: createHash('sha256')
      .update(JSON.stringify([url, headers, allowedTools]))
      .digest('hex'),
    createdAt: null,
    updatedAt: null,
  };
}
