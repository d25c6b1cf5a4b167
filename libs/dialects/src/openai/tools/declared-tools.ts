import {
  type ClientTool,
  type CreateResponse,
  type HostedTool,
  quote,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { Typed } from '../schema.ts';
import { isToolType, toolTypeNamed, unsupportedTool } from '../tool-types/registry.ts';
import { decodeFunction } from './function-tool.ts';
import { decodeNamespace } from './namespaces.ts';

/** An entry of a list of tools, with its place in the request. */
export interface Entry {
  tool: unknown;
  path: RequestPath;
}

/** The tools of a list, by how the neutral model has them. */
export interface DeclaredTools {
  clientTools: ClientTool[];
  hostedTools: HostedTool[];
  /** The MCP servers, which are read together (`decodeServers`). */
  servers: Entry[];
  unsupportedTools: NonNullable<CreateResponse['unsupportedTools']>;
}

/** Tools of the caller in one request, those of namespaces included. */
const clientToolsMax = 1_000;

/** Functions are the caller's own, namespaces have such tools, an MCP server has its own entry; other types are those of the table. */
export function decodeDeclared(entries: readonly Entry[]): DeclaredTools {
  const declared: DeclaredTools = { clientTools: [], hostedTools: [], servers: [], unsupportedTools: [] };
  const { clientTools, hostedTools, servers, unsupportedTools } = declared;
  const addClientTool = (tool: ClientTool, path: RequestPath) => {
    if (clientTools.some(({ name }) => name === tool.name))
      throw refusal(path, `is a second ${tool.kind ?? 'function'} named ${quote(tool.name)}`);
    if (clientTools.length === clientToolsMax)
      throw refusal(path, `is one tool too many: at most ${clientToolsMax} are taken`);
    clientTools.push(tool);
  };
  const addTool = (type: string, tool: unknown, path: RequestPath) => {
    const decoded = toolTypeNamed(type, [...path, 'type']).decode(tool, path);
    if ('executor' in decoded) addClientTool(decoded, path);
    else if (hostedTools.some(({ kind }) => kind === decoded.kind))
      throw refusal(path, `is a second tool of the type ${quote(decoded.kind)}`);
    else hostedTools.push(decoded);
  };
  for (const { tool, path } of entries) {
    const { type } = read(Typed, tool, path);
    if (type === 'function') addClientTool(decodeFunction(tool, path), path);
    else if (type === 'namespace') {
      for (const { tool: own, path: ownPath } of decodeNamespace(tool, path)) addClientTool(own, ownPath);
    } else if (type === 'mcp') servers.push({ tool, path });
    else if (isToolType(type)) addTool(type, tool, path);
    else unsupportedTools.push({ path: [...path, 'type'], complaint: unsupportedTool(type) });
  }
  return declared;
}
