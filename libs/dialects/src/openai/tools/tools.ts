import {
  ownLabel,
  ToolName,
  type AddedTools,
  type AllowedTool,
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
import { Typed } from '../schema.ts';
import { isToolType, toolTypeNamed } from '../tool-types/registry.ts';
import { decodeDeclared, type Entry } from './declared-tools.ts';
import { decodeServers, readChosenTools, toolNameOf, type ServerOffer } from './mcp-tools.ts';
import { findNamed } from './tool-names.ts';

type Offer = ServerOffer &
  Pick<CreateResponse, 'clientTools' | 'hostedTools' | 'unsupportedTools' | 'toolChoice' | 'allowedTools'>;
type OfferedTools = Omit<Offer, 'toolChoice' | 'allowedTools'>;

/** What the items of a request's input add to its tools. */
export interface AddedByInput {
  /** MCP servers, which join those of the request. */
  servers: readonly Entry[];
  /** All other tools: they stay in the items, and a choice may name them. */
  tools: readonly AddedTools[];
}

/** The tools of a request and their choice. Throws `invalid_request`. */
export function decodeTools(tools: readonly unknown[], toolChoice: unknown, added: AddedByInput): Offer {
  const declared = decodeDeclared(tools.map((tool, index) => ({ tool, path: ['tools', index] })));
  const { clientTools, hostedTools, servers, unsupportedTools } = declared;
  const offer: OfferedTools = {
    ...decodeServers([...servers, ...added.servers]),
    clientTools,
    ...(hostedTools.length > 0 && { hostedTools }),
    ...(unsupportedTools.length > 0 && { unsupportedTools }),
  };
  return { ...offer, ...decodeChoice(toolChoice, withAdded(offer, added.tools)) };
}

function withAdded(offer: OfferedTools, added: readonly AddedTools[]): OfferedTools {
  if (added.length === 0) return offer;
  return {
    ...offer,
    clientTools: [...offer.clientTools, ...added.flatMap(({ clientTools }) => clientTools)],
    hostedTools: [...(offer.hostedTools ?? []), ...added.flatMap(({ hostedTools = [] }) => hostedTools)],
  };
}

type Choice = Pick<Offer, 'toolChoice' | 'allowedTools'>;

const Allowed = z.object({
  mode: z.enum(['auto', 'required']).nullish(),
  tools: z.array(z.unknown()).max(128),
});
const NamedTool = z.object({ name: ToolName, namespace: ToolName.nullish() });

function decodeChoice(choice: unknown, offer: OfferedTools): Choice {
  const type = Typed.safeParse(choice).data?.type;
  if (choice === 'required' && toolCount(offer) === 0)
    throw refusal(['tool_choice'], 'is "required", but there are no tools');
  if (type === 'allowed_tools') {
    const { mode, tools } = read(Allowed, choice, ['tool_choice']);
    const allowedTools = tools.flatMap((tool, index) => decodeAllowed(tool, offer, index));
    return { toolChoice: mode ?? 'auto', allowedTools };
  }
  if (type === 'mcp') return { toolChoice: decodeServerChoice(choice, offer) };
  if (type !== undefined && isToolType(type))
    return { toolChoice: { name: chosenTool(choice, type, offer, ['tool_choice']).name } };
  const named = type === 'function' ? NamedTool.safeParse(choice).data : undefined;
  const own = named && findNamed(offer.clientTools, named);
  if (own) return { toolChoice: { name: own.name } };
  const toolChoice = decodeToolChoice(choice);
  checkToolChoice({ ...offer, toolChoice });
  return { toolChoice };
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
  const named = isNamed ? read(NamedTool, choice, path) : { name: kind };
  const ofKind = clientTools.filter((tool) => tool.kind === kind);
  const own = findNamed(ofKind, named);
  if (own) return { executor: 'client', name: own.name };
  throw refusal(
    [...path, isNamed ? 'name' : 'type'],
    `${quote(isNamed ? named.name : type)} is not in tools`,
  );
}

function decodeAllowed(tool: unknown, offer: OfferedTools, index: number): AllowedTool[] {
  const path = ['tool_choice', 'tools', index];
  const { type } = read(Typed, tool, path);
  if (type === 'function') {
    const named = read(NamedTool, tool, path);
    const functions = offer.clientTools.filter(({ kind }) => kind === undefined);
    const own = findNamed(functions, named);
    if (!own) throw refusal([...path, 'name'], `${quote(named.name)} is not in tools`);
    return [{ executor: 'client', name: own.name }];
  }
  if (type === 'namespace') return allowedNamespace(tool, offer, path);
  if (type !== 'mcp') return [chosenTool(tool, type, offer, path)];
  const { server_label: label, name } = readChosenTools(tool, offer, path);
  return [{ executor: 'server', serverLabel: label === ownLabel ? null : label, name }];
}

function allowedNamespace(choice: unknown, { clientTools }: OfferedTools, path: RequestPath): AllowedTool[] {
  const { name } = read(NamedTool, choice, path);
  const tools = clientTools.filter(({ namespace }) => namespace?.name === name);
  if (tools.length === 0) throw refusal([...path, 'name'], `${quote(name)} is not in tools`);
  return tools.map((tool) => ({ executor: 'client', name: tool.name }));
}
