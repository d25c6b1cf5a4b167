import {
  type AddedTools,
  functionCall,
  type FunctionCallOutputItem,
  type InputItem,
  read,
  refusal,
  type RequestPath,
  ServerLabel,
} from '@antiphon/contracts';
import { z } from 'zod';
import type { MakeId } from '../tool-types/tool-type.ts';
import { decodeDeclared, type Entry } from '../tools/declared-tools.ts';
import type { AddedByInput } from '../tools/tools.ts';

const toolsMax = 512;
const Tools = z.array(z.unknown()).max(toolsMax);

const AdditionalTools = z.object({
  id: z.string().nullish(),
  role: z.literal('developer', 'must be "developer"').nullish(),
  tools: Tools,
});
const SearchOutput = z.object({
  id: z.string().nullish(),
  call_id: z.string().min(1).max(128).nullish(),
  execution: z.enum(['server', 'client']).nullish(),
  tools: Tools,
});
const Server = z.object({
  server_label: ServerLabel,
  server_url: z.unknown().optional(),
  allowed_tools: z
    .union([z.array(z.string()), z.object({ tool_names: z.array(z.string()).nullish() })])
    .nullish(),
});

/** Tools that the caller adds to a request within its input. Throws `invalid_request`. */
export function decodeAdditionalTools(value: unknown, path: RequestPath, makeId: MakeId): InputItem[] {
  const { id, tools } = read(AdditionalTools, value, path);
  return [
    {
      type: 'additional_tools',
      id: makeId('additionalTools', id),
      tools: decodeAdded(tools, path),
      status: 'completed',
    },
  ];
}

/** The tools that a search found. An output without a call id, as OpenAI writes it for its own searches, becomes a call and its output. */
export function decodeSearchOutput(value: unknown, path: RequestPath, makeId: MakeId): InputItem[] {
  const { id, call_id: given, execution, tools } = read(SearchOutput, value, path);
  const added = decodeAdded(tools, path);
  const executor = execution ?? 'server';
  const outputId = makeId('functionCallOutput', id);
  const output: FunctionCallOutputItem = {
    type: 'function_call_output',
    id: outputId,
    callId: given ?? outputId,
    output: describeFound(added),
    status: 'completed',
    kind: 'tool_search',
    tools: { ...added, executor },
  };
  if (given) return [output];
  const ids = { id: makeId('functionCall'), callId: outputId };
  return [
    functionCall({ ...ids, name: 'tool_search', arguments: '{}', executor, kind: 'tool_search' }),
    output,
  ];
}

/**
 * What the items of an input add to a request's tools: `items` are the input as decoded, `input` as it came. A server that an item names joins
 * the servers of this request, since items do not keep its access.
 */
export function addedByInput(input: unknown, items: readonly InputItem[]): AddedByInput {
  const tools = items.flatMap(addedBy);
  if (tools.length === 0 || !Array.isArray(input)) return { tools, servers: [] };
  const servers = input.flatMap((item: unknown, index) => serversIn(item, ['input', index]));
  return { tools, servers };
}

function addedBy(item: InputItem): AddedTools[] {
  if (item.type === 'additional_tools') return [item.tools];
  return item.type === 'function_call_output' && item.tools ? [item.tools] : [];
}

/** A found server without a URL is one of the request's own tools. */
function serversIn(item: unknown, path: RequestPath): Entry[] {
  const { data } = Adding.safeParse(item);
  if (!data) return [];
  return decodeDeclared(entriesOf(data.tools, path)).servers.filter(
    ({ tool }) => data.type === 'additional_tools' || Boolean(Server.safeParse(tool).data?.server_url),
  );
}
const Adding = z.object({ type: z.enum(['additional_tools', 'tool_search_output']), tools: Tools });

function decodeAdded(tools: readonly unknown[], path: RequestPath): AddedTools {
  const { clientTools, hostedTools, servers, unsupportedTools } = decodeDeclared(entriesOf(tools, path));
  const [unsupported] = unsupportedTools;
  if (unsupported) throw refusal(unsupported.path, unsupported.complaint);
  return {
    clientTools,
    ...(hostedTools.length > 0 && { hostedTools }),
    ...(servers.length > 0 && { serverTools: servers.map(decodeServerTools) }),
  };
}

function entriesOf(tools: readonly unknown[], path: RequestPath): Entry[] {
  return tools.map((tool, index) => ({ tool, path: [...path, 'tools', index] }));
}

function decodeServerTools({ tool, path }: Entry): NonNullable<AddedTools['serverTools']>[number] {
  const { server_label: label, allowed_tools: allowed } = read(Server, tool, path);
  return { label, names: (Array.isArray(allowed) ? allowed : allowed?.tool_names) ?? null };
}

/** What the model reads of the search. */
function describeFound({ clientTools, hostedTools = [], serverTools = [] }: AddedTools): string {
  const names = [
    ...clientTools.map(({ name }) => name),
    ...hostedTools.map(({ kind }) => kind),
    ...serverTools.map(({ label, names: own }) => `${own?.join(', ') ?? 'the tools'} of the server ${label}`),
  ];
  return names.length === 0 ? 'No tools were found.' : `These tools can be called now: ${names.join(', ')}.`;
}
