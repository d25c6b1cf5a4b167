import {
  JsonObject,
  ownLabel,
  ToolName,
  type AllowedTool,
  type ClientTool,
  type CreateResponse,
  type HostedTool,
  type ToolChoice,
  missing,
  quote,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import { checkToolChoice, decodeToolChoice } from '../../common/tool-choice.ts';
import { decodeServers, readChosenTools, toolNameOf, type ServerOffer } from './mcp-tools.ts';
import { AllowedCallers, ignored, Typed } from '../schema.ts';
import { isToolType, toolTypeNamed, unsupportedTool } from '../tool-types/registry.ts';

type Offer = ServerOffer &
  Pick<CreateResponse, 'clientTools' | 'hostedTools' | 'unsupportedTools' | 'toolChoice' | 'allowedTools'>;
type OfferedTools = Omit<Offer, 'toolChoice' | 'allowedTools'>;

/** Functions are the caller's own; an MCP server is a remote one, or represents this server's tools; other types are those of the table. */
export function decodeTools(tools: readonly unknown[], toolChoice: unknown): Offer {
  const servers: { tool: unknown; path: RequestPath }[] = [];
  const clientTools: ClientTool[] = [];
  const hostedTools: HostedTool[] = [];
  const unsupportedTools: NonNullable<CreateResponse['unsupportedTools']> = [];
  const addClientTool = (tool: ClientTool, path: RequestPath) => {
    if (clientTools.some(({ name }) => name === tool.name))
      throw refusal(path, `is a second ${tool.kind ?? 'function'} named ${quote(tool.name)}`);
    clientTools.push(tool);
  };
  for (const [index, tool] of tools.entries()) {
    const path = ['tools', index];
    const { type } = read(Typed, tool, path);
    if (type === 'function') addClientTool(decodeFunction(tool, path), path);
    else if (type === 'mcp') servers.push({ tool, path });
    else if (!isToolType(type))
      unsupportedTools.push({ path: [...path, 'type'], complaint: unsupportedTool(type) });
    else {
      const decoded = toolTypeNamed(type, [...path, 'type']).decode(tool, path);
      if ('executor' in decoded) addClientTool(decoded, path);
      else if (hostedTools.some(({ kind }) => kind === decoded.kind))
        throw refusal(path, `is a second tool of the type ${quote(decoded.kind)}`);
      else hostedTools.push(decoded);
    }
  }
  const offer = {
    ...decodeServers(servers),
    clientTools,
    ...(hostedTools.length > 0 && { hostedTools }),
    ...(unsupportedTools.length > 0 && { unsupportedTools }),
  };
  return decodeChoice(toolChoice, offer);
}

export const FunctionDefinition = z.object({
  name: ToolName,
  description: z.string().nullish(),
  parameters: JsonObject.nullish(),
  strict: z.boolean().nullish(),
  allowed_callers: AllowedCallers.nullish(),
  async: z.literal(false, 'must be left out, or false: a model waits for the outputs of its calls').nullish(),
  defer_loading: ignored('every tool is offered from the start'),
  output_schema: ignored('the model reads an output as it is'),
});
const Nested = z.object({ function: z.unknown().optional() });

function decodeFunction(tool: unknown, path: RequestPath): ClientTool {
  const nested = read(Nested, tool, path).function;
  const definition =
    nested === undefined
      ? read(FunctionDefinition, tool, path)
      : read(FunctionDefinition, nested, [...path, 'function']);
  return {
    executor: 'client',
    name: definition.name,
    description: definition.description ?? null,
    parameters: definition.parameters ?? null,
    strict: definition.strict ?? null,
  };
}

const Allowed = z.object({
  mode: z.enum(['auto', 'required']).nullish(),
  tools: z.array(z.unknown()).max(128),
});
const NamedTool = z.object({ name: ToolName });

function decodeChoice(choice: unknown, offer: OfferedTools): Offer {
  const type = Typed.safeParse(choice).data?.type;
  if (choice === 'required' && toolCount(offer) === 0)
    throw refusal(['tool_choice'], 'is "required", but there are no tools');
  if (type === 'allowed_tools') {
    const { mode, tools } = read(Allowed, choice, ['tool_choice']);
    const allowedTools = tools.map((tool, index) => decodeAllowed(tool, offer, index));
    return { ...offer, toolChoice: mode ?? 'auto', allowedTools };
  }
  if (type === 'mcp') return { ...offer, toolChoice: decodeServerChoice(choice, offer) };
  if (type !== undefined && isToolType(type))
    return { ...offer, toolChoice: { name: chosenTool(choice, type, offer, ['tool_choice']).name } };
  const request = { ...offer, toolChoice: decodeToolChoice(choice) };
  checkToolChoice(request);
  return request;
}

/** One tool of a server; or any of its tools, where the request has no other tools. */
function decodeServerChoice(choice: unknown, offer: OfferedTools): ToolChoice {
  const { server_label, name } = readChosenTools(choice, offer, ['tool_choice']);
  if (name !== null) return { name: toolNameOf({ server_label, name }) };
  if (toolCount(offer) > 1)
    throw missing(['tool_choice', 'name'], 'there are tools beside those of this server');
  return 'required';
}

/** The tools of this system count as one. */
function toolCount({ clientTools, hostedTools = [], serverTools, requestServers }: OfferedTools): number {
  return clientTools.length + hostedTools.length + requestServers.length + Number(serverTools.length > 0);
}

/** The tool of a request that a choice names by its type, and by its own name where the type has several. */
function chosenTool(
  choice: unknown,
  type: string,
  { clientTools, hostedTools = [] }: OfferedTools,
  path: RequestPath,
): AllowedTool & { name: string } {
  const { kind, isNamed } = toolTypeNamed(type, [...path, 'type']);
  const hosted = hostedTools.find((tool) => tool.kind === kind);
  if (hosted) return { executor: 'server', serverLabel: null, name: hosted.kind, kind: hosted.kind };
  const name = isNamed ? read(NamedTool, choice, path).name : kind;
  if (clientTools.some((tool) => tool.kind === kind && tool.name === name))
    return { executor: 'client', name };
  throw refusal([...path, isNamed ? 'name' : 'type'], `${quote(isNamed ? name : type)} is not in tools`);
}

function decodeAllowed(tool: unknown, offer: OfferedTools, index: number): AllowedTool {
  const path = ['tool_choice', 'tools', index];
  const { type } = read(Typed, tool, path);
  if (type === 'function') {
    const { name } = read(NamedTool, tool, path);
    if (!offer.clientTools.some((own) => own.name === name && own.kind === undefined))
      throw refusal([...path, 'name'], `${quote(name)} is not in tools`);
    return { executor: 'client', name };
  }
  if (type !== 'mcp') return chosenTool(tool, type, offer, path);
  const { server_label: label, name } = readChosenTools(tool, offer, path);
  return { executor: 'server', serverLabel: label === ownLabel ? null : label, name };
}
