import {
  JsonObject,
  ToolName,
  type AllowedTool,
  type ClientTool,
  type CreateResponse,
  type ServerToolSelection,
  type ToolChoice,
} from '@antiphon/contracts';
import { z } from 'zod';
import { quote, read, refusal, type Path } from '../read.ts';
import { checkToolChoice, decodeToolChoice } from '../tool-choice.ts';
import { Typed } from './schema.ts';

/** The label under which the server's own tools are offered as an MCP server. */
export const serverLabel = 'antiphon';

type Offer = Pick<CreateResponse, 'serverTools' | 'clientTools' | 'toolChoice' | 'allowedTools'>;

/** Functions are the caller's own; the server's tools are an MCP server of its label, without a `server_url`. */
export function decodeTools(tools: readonly unknown[], toolChoice: unknown): Offer {
  let serverTools: ServerToolSelection = [];
  const clientTools: ClientTool[] = [];
  for (const [index, tool] of tools.entries()) {
    const path = ['tools', index];
    const { type } = read(Typed, tool, path);
    if (type === 'function') {
      clientTools.push(decodeFunction(tool, path));
    } else if (type === 'mcp') {
      const selected = decodeServer(tool, path);
      serverTools = serverTools === 'all' || selected === 'all' ? 'all' : [...serverTools, ...selected];
    } else {
      throw refusal(
        [...path, 'type'],
        `${quote(type)} is not supported by this server; use "function" or "mcp"`,
      );
    }
  }
  return decodeChoice(toolChoice, { serverTools, clientTools });
}

const Definition = z.object({
  name: ToolName,
  description: z.string().nullish(),
  parameters: JsonObject.nullish(),
  strict: z.boolean().nullish(),
});
const Nested = z.object({ function: z.unknown().optional() });

function decodeFunction(tool: unknown, path: Path): ClientTool {
  const nested = read(Nested, tool, path).function;
  const definition =
    nested === undefined ? read(Definition, tool, path) : read(Definition, nested, [...path, 'function']);
  return {
    executor: 'client',
    name: definition.name,
    description: definition.description ?? null,
    parameters: definition.parameters ?? null,
    strict: definition.strict ?? null,
  };
}

const ownServerOnly = `must be "${serverLabel}", the server's own tools; other servers are not supported`;

const OwnServer = z.object({
  server_label: z.literal(serverLabel, { error: ownServerOnly }),
  server_url: z.null({ error: `must be left out: ${serverLabel} is this server itself` }).optional(),
  allowed_tools: z
    .union([z.array(ToolName), z.object({ tool_names: z.array(ToolName).nullish() })], {
      error: 'must be an array of tool names, or an object with "tool_names"',
    })
    .nullish(),
  // Refused rather than ignored: a caller that wants to be asked must not find its tools run unasked.
  require_approval: z
    .literal('never', { error: 'must be "never": the server runs its own tools unasked' })
    .nullish(),
});

function decodeServer(tool: unknown, path: Path): ServerToolSelection {
  const { allowed_tools: allowed } = read(OwnServer, tool, path);
  return (Array.isArray(allowed) ? allowed : allowed?.tool_names) ?? 'all';
}

const Allowed = z.object({
  mode: z.enum(['auto', 'required']).nullish(),
  tools: z.array(z.unknown()).max(128),
});
const NamedFunction = z.object({ name: ToolName });
const ServerTools = z.object({
  server_label: z.literal(serverLabel, { error: ownServerOnly }),
  name: ToolName.nullish(),
});
const NamedServerTool = ServerTools.extend({ name: ToolName });

function decodeChoice(choice: unknown, offer: Pick<Offer, 'serverTools' | 'clientTools'>): Offer {
  const type = Typed.safeParse(choice).data?.type;
  if (type === 'allowed_tools') {
    const { mode, tools } = read(Allowed, choice, ['tool_choice']);
    return { ...offer, toolChoice: mode ?? 'auto', allowedTools: tools.map(decodeAllowed) };
  }
  const toolChoice: ToolChoice =
    type === 'mcp' ? { name: read(NamedServerTool, choice, ['tool_choice']).name } : decodeToolChoice(choice);
  const request = { ...offer, toolChoice };
  checkToolChoice(request);
  return request;
}

function decodeAllowed(tool: unknown, index: number): AllowedTool {
  const path = ['tool_choice', 'tools', index];
  const { type } = read(Typed, tool, path);
  if (type === 'function') return { executor: 'client', name: read(NamedFunction, tool, path).name };
  if (type === 'mcp') {
    return { executor: 'server', serverLabel: null, name: read(ServerTools, tool, path).name ?? null };
  }
  throw refusal([...path, 'type'], `must be "function" or "mcp", got ${quote(type)}`);
}
