import {
  JsonObject,
  ownLabel,
  ToolName,
  type AllowedTool,
  type ClientTool,
  type CreateResponse,
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

type Offer = ServerOffer & Pick<CreateResponse, 'clientTools' | 'toolChoice' | 'allowedTools'>;

/** Functions are the caller's own; an MCP server is a remote one, or represents this server's tools. */
export function decodeTools(tools: readonly unknown[], toolChoice: unknown): Offer {
  const servers: { tool: unknown; path: RequestPath }[] = [];
  const clientTools: ClientTool[] = [];
  for (const [index, tool] of tools.entries()) {
    const path = ['tools', index];
    const { type } = read(Typed, tool, path);
    if (type === 'function') {
      const definition = decodeFunction(tool, path);
      if (clientTools.some(({ name }) => name === definition.name))
        throw refusal(path, `is a second function named ${quote(definition.name)}`);
      clientTools.push(definition);
    } else if (type === 'mcp') servers.push({ tool, path });
    else {
      throw refusal(
        [...path, 'type'],
        `${quote(type)} is not supported by this server; use "function" or "mcp"`,
      );
    }
  }
  return decodeChoice(toolChoice, { ...decodeServers(servers), clientTools });
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
const NamedFunction = z.object({ name: ToolName });

function decodeChoice(choice: unknown, offer: ServerOffer & Pick<Offer, 'clientTools'>): Offer {
  const type = Typed.safeParse(choice).data?.type;
  const hasTools = offer.clientTools.length + offer.serverTools.length + offer.requestServers.length > 0;
  if (choice === 'required' && !hasTools)
    throw refusal(['tool_choice'], 'is "required", but there are no tools');
  if (type === 'allowed_tools') {
    const { mode, tools } = read(Allowed, choice, ['tool_choice']);
    const allowedTools = tools.map((tool, index) => decodeAllowed(tool, offer, index));
    return { ...offer, toolChoice: mode ?? 'auto', allowedTools };
  }
  if (type === 'mcp') return { ...offer, toolChoice: decodeServerChoice(choice, offer) };
  const request = { ...offer, toolChoice: decodeToolChoice(choice) };
  checkToolChoice(request);
  return request;
}

/** One tool of a server; or any of its tools, where the request has no other tools. */
function decodeServerChoice(choice: unknown, offer: ServerOffer & Pick<Offer, 'clientTools'>): ToolChoice {
  const { server_label, name } = readChosenTools(choice, offer, ['tool_choice']);
  if (name !== null) return { name: toolNameOf({ server_label, name }) };
  const others =
    offer.requestServers.length + Number(offer.serverTools.length > 0) + offer.clientTools.length - 1;
  if (others > 0) throw missing(['tool_choice', 'name'], 'there are tools beside those of this server');
  return 'required';
}

function decodeAllowed(
  tool: unknown,
  offer: ServerOffer & Pick<Offer, 'clientTools'>,
  index: number,
): AllowedTool {
  const path = ['tool_choice', 'tools', index];
  const { type } = read(Typed, tool, path);
  if (type === 'function') {
    const { name } = read(NamedFunction, tool, path);
    if (!offer.clientTools.some((own) => own.name === name))
      throw refusal([...path, 'name'], `${quote(name)} is not in tools`);
    return { executor: 'client', name };
  }
  if (type !== 'mcp') throw refusal([...path, 'type'], `must be "function" or "mcp", got ${quote(type)}`);
  const { server_label: label, name } = readChosenTools(tool, offer, path);
  return { executor: 'server', serverLabel: label === ownLabel ? null : label, name };
}
