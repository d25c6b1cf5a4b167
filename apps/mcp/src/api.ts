import type { Api } from '@antiphon/contracts';
import { PlainErrorReply } from '@antiphon/service-kit';
import type { Config } from './config.ts';
import { type ContainerRoutes, containerRoutes, containerSchemas } from './containers/http/routes.ts';
import { type FileRoutes, fileRoutes, fileSchemas } from './files/http/routes.ts';
import { toolRoutes, toolSchemas } from './host/http/routes.ts';
import { type ServerRoutes, serverRoutes, serverSchemas } from './servers/registry/routes.ts';
import { vectorStoreRoutes, vectorStoreSchemas } from './vector-stores/http/routes.ts';

/** The routes of the service by feature, with the operator's limits. */
export interface McpRoutes {
  servers: ServerRoutes;
  files: FileRoutes;
  containers: ContainerRoutes;
}

export function mcpRoutes({
  servers,
  files,
  containers,
}: Pick<Config, 'servers' | 'files' | 'containers'>): McpRoutes {
  return {
    servers: serverRoutes(servers.limits),
    files: fileRoutes(files.limits),
    containers: containerRoutes(containers.limits),
  };
}

/** The API that the service documents. MCP itself describes `/mcp`. */
export function mcpApi({ servers, files, containers }: McpRoutes): Api {
  const ofServers = serverSchemas(servers);
  const ofContainers = containerSchemas(containers);
  return {
    name: 'mcp',
    title: 'Antiphon: tools, outside MCP servers, files, vector stores, containers',
    schemas: {
      requests: {
        ...toolSchemas.requests,
        ...ofServers.requests,
        ...fileSchemas.requests,
        ...vectorStoreSchemas.requests,
        ...ofContainers.requests,
      },
      replies: {
        ...toolSchemas.replies,
        ...ofServers.replies,
        ...fileSchemas.replies,
        ...vectorStoreSchemas.replies,
        ...ofContainers.replies,
        PlainErrorReply,
      },
    },
    failure: PlainErrorReply,
    routes: [
      ...Object.values(toolRoutes),
      ...Object.values(servers),
      ...Object.values(files),
      ...Object.values(vectorStoreRoutes),
      ...Object.values(containers),
    ],
  };
}
