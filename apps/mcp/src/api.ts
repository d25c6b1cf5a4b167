import type { Api } from '@antiphon/contracts';
import { PlainErrorReply } from '@antiphon/service-kit';
import type { Config } from './config.ts';
import { type FileRoutes, fileRoutes, fileSchemas } from './files/http/routes.ts';
import { type ServerRoutes, serverRoutes, serverSchemas } from './servers/registry/routes.ts';
import { vectorStoreRoutes, vectorStoreSchemas } from './vector-stores/http/routes.ts';

/** The routes of the service by feature, with the operator's limits. */
export interface McpRoutes {
  servers: ServerRoutes;
  files: FileRoutes;
}

export function mcpRoutes({ servers, files }: Pick<Config, 'servers' | 'files'>): McpRoutes {
  return { servers: serverRoutes(servers.limits), files: fileRoutes(files.limits) };
}

/** The API that the service documents. MCP itself describes `/mcp`. */
export function mcpApi({ servers, files }: McpRoutes): Api {
  const ofServers = serverSchemas(servers);
  return {
    name: 'mcp',
    title: 'Antiphon: outside MCP servers, files, vector stores',
    schemas: {
      requests: { ...ofServers.requests, ...fileSchemas.requests, ...vectorStoreSchemas.requests },
      replies: {
        ...ofServers.replies,
        ...fileSchemas.replies,
        ...vectorStoreSchemas.replies,
        PlainErrorReply,
      },
    },
    failure: PlainErrorReply,
    routes: [...Object.values(servers), ...Object.values(files), ...Object.values(vectorStoreRoutes)],
  };
}
