import { createLogger } from '@antiphon/service-kit';
import { egressTo } from '../../testing/fake-web.ts';
import type { ServerLimits } from '../server-limits.ts';
import { ServerPool } from '../connection/server-pool.ts';
import type { McpServer } from '../registry/server.ts';

export const limits: ServerLimits = {
  perOwnerMax: 3,
  timeouts: { connectMs: 5_000, listMs: 5_000, callMs: 10_000 },
  listWaitMs: 5_000,
  listCacheMs: 60_000,
  listBytesMax: 512 * 1024,
  toolsPerServerMax: 128,
  schemaBytesMax: 64 * 1024,
  descriptionCharactersMax: 200,
  answerBytesMax: 1024 * 1024,
  streamBytesMax: 1024 * 1024,
  callsPerServerMax: 4,
  connectionsMax: 8,
  idleMs: 60_000,
  requestIdleMs: 60_000,
  backoffMinMs: 60_000,
  backoffMaxMs: 60_000,
};

/** A pool that reaches this server on loopback. */
export function poolTo(url: string, over: Partial<ServerLimits> = {}): ServerPool {
  const egress = egressTo(new URL(url).host);
  const logger = createLogger('mcp', 'silent');
  return new ServerPool({ limits: { ...limits, ...over }, egress, operatorEgress: egress, logger });
}

export function serverAt(url: string, over: Partial<McpServer> = {}): McpServer {
  return {
    id: null,
    label: 'srv',
    ownerId: 'user_1',
    url,
    transport: 'streamable_http',
    allowedTools: null,
    approval: 'unsafe',
    timeouts: limits.timeouts,
    concurrency: null,
    tools: {},
    isEnabled: true,
    isPinned: false,
    source: 'api',
    isTrusted: false,
    headerNames: [],
    openHeaders: () => ({}),
    revision: '1',
    createdAt: null,
    updatedAt: null,
    ...over,
  };
}
