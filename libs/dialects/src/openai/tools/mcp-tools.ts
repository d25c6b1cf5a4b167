import {
  qualifiedToolName,
  ownLabel,
  ServerHeaders,
  ServerLabel,
  ToolName,
  type ApprovalRule,
  type CreateResponse,
  type NamedServer,
  type ServerAccess,
  type ServerToolSelection,
  type ToolFilter,
  nameOf,
  quote,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import { AllowedCallers } from '../schema.ts';

/** The fields of a request that the MCP entries of `tools` set. */
export type ServerOffer = Pick<
  CreateResponse,
  'serverTools' | 'defersServerTools' | 'approval' | 'requestServers'
>;

/** Servers in one request. Each is a connection, and its list of tools part of the response. */
const serversMax = 8;
const namesMax = 1_000;

/**
 * The MCP servers among a request's tools: this server's tools under their label, servers at a URL, and registered servers by
 * their label alone. Throws `invalid_request`.
 */
export function decodeServers(tools: readonly { tool: unknown; path: RequestPath }[]): ServerOffer {
  const offer: ServerOffer = { serverTools: [], approval: null, requestServers: [] };
  const labels = new Set<string>();
  for (const { tool, path } of tools) {
    const labelled = read(Labelled, tool, path);
    const { server_label: label, defer_loading: isDeferred } = labelled;
    if (labels.has(label)) throw refusal([...path, 'server_label'], `${quote(label)} is named twice`);
    labels.add(label);
    if (labels.size > serversMax)
      throw refusal(path, `is one server too many: at most ${serversMax} are taken`);
    if (label === ownLabel)
      Object.assign(offer, decodeOwnTools(tool, path), isDeferred && { defersServerTools: true });
    else offer.requestServers.push(decodeServer(tool, labelled, path));
  }
  return offer;
}

/** The name in the neutral model of a tool that the wire names by its server and its name there. */
export function toolNameOf({ server_label: label, name }: { server_label: string; name: string }): string {
  return label === ownLabel ? name : qualifiedToolName(label, name);
}

/** The fields of every MCP entry; the others depend on the server that it names (`ServerTools`). */
export const Labelled = z.object({
  server_label: ServerLabel,
  connector_id: notSupported('use server_url'),
  tunnel_id: notSupported('use server_url'),
  allowed_callers: AllowedCallers.nullish(),
  defer_loading: z.boolean().nullish(),
  server_description: z.string().max(4096).nullish(),
});

function notSupported(instead: string) {
  return z.null({ error: `must be left out: this server has none; ${instead}` }).optional();
}

/** The server's own name for a tool. */
const ServerToolName = z.string().min(1).max(256);
const Names = z.array(ServerToolName).max(namesMax);
const Filter = z.object({ tool_names: Names.nullish(), read_only: z.boolean().nullish() });
const Allowed = z.union([Names, Filter], {
  error: 'must be an array of tool names, or an object with "tool_names" or "read_only"',
});
const Approval = z.union(
  [z.enum(['always', 'never']), z.object({ always: Filter.nullish(), never: Filter.nullish() })],
  { error: 'must be "always", "never", or an object with rules for some tools' },
);

const OwnTools = z.object({
  server_url: z.null({ error: `must be left out: ${ownLabel} is this server itself` }).optional(),
  headers: z.null({ error: `must be left out: ${ownLabel} is this server itself` }).optional(),
  authorization: z.null({ error: `must be left out: ${ownLabel} is this server itself` }).optional(),
  allowed_tools: z
    .union(
      [
        z.array(ToolName),
        z.object({ tool_names: z.array(ToolName).nullish(), read_only: z.null().optional() }),
      ],
      {
        error: 'must be an array of tool names, or an object with "tool_names"',
      },
    )
    .nullish(),
  require_approval: Approval.nullish(),
});

function decodeOwnTools(
  tool: unknown,
  path: RequestPath,
): { serverTools: ServerToolSelection; approval: ApprovalRule | null } {
  const { allowed_tools: allowed, require_approval: approval } = read(OwnTools, tool, path);
  return {
    serverTools: (Array.isArray(allowed) ? allowed : allowed?.tool_names) ?? 'all',
    approval: approval ? decodeApproval(approval, null) : null,
  };
}

export const ServerTools = z.object({
  server_url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .max(4096)
    .nullish(),
  headers: ServerHeaders.nullish(),
  authorization: z.string().min(1).max(8192).nullish(),
  allowed_tools: Allowed.nullish(),
  require_approval: Approval.nullish(),
});

/** A server at a URL is untrusted, so its calls wait for approval unless the caller waives it. */
function decodeServer(tool: unknown, labelled: z.output<typeof Labelled>, path: RequestPath): NamedServer {
  const { server_label: label, server_description: description, defer_loading: isDeferred } = labelled;
  const wire = read(ServerTools, tool, path);
  const access = decodeAccess(wire, path);
  return {
    label,
    access,
    urlField: nameOf([...path, 'server_url']),
    allowed: decodeFilter(
      Array.isArray(wire.allowed_tools) ? { tool_names: wire.allowed_tools } : wire.allowed_tools,
    ),
    approval: decodeApproval(wire.require_approval ?? {}, access ? 'always' : null),
    ...(description && { description }),
    ...(isDeferred && { isDeferred }),
  };
}

function decodeAccess(
  { server_url: url, headers, authorization }: z.output<typeof ServerTools>,
  path: RequestPath,
): ServerAccess | null {
  if (!url) {
    for (const [name, value] of Object.entries({ headers, authorization })) {
      if (value)
        throw refusal(
          [...path, name],
          'is for a server with a server_url; one without is registered here with its headers',
        );
    }
    return null;
  }
  if (!authorization) return { url, headers: headers ?? {} };
  if (Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization'))
    throw refusal([...path, 'authorization'], 'is also among the headers; send one of them');
  const all = read(ServerHeaders, { ...headers, authorization: `Bearer ${authorization}` }, [
    ...path,
    'authorization',
  ]);
  return { url, headers: all };
}

/** An empty filter does not filter. */
function decodeFilter(filter: z.output<typeof Filter> | null | undefined): ToolFilter | null {
  const names = filter?.tool_names ?? null;
  const readOnly = filter?.read_only ?? null;
  return names === null && readOnly === null ? null : { names, readOnly };
}

function decodeApproval(approval: z.output<typeof Approval>, byDefault: 'always' | null): ApprovalRule {
  if (typeof approval === 'string') return { always: null, never: null, otherwise: approval };
  return {
    always: decodeFilter(approval.always),
    never: decodeFilter(approval.never),
    otherwise: byDefault,
  };
}

const NamedTools = z.object({ server_label: z.string(), name: ServerToolName.nullish() });

/** The server and the tool of the request that a choice names. */
export function readChosenTools(
  choice: unknown,
  { serverTools, requestServers }: ServerOffer,
  path: RequestPath,
): { server_label: string; name: string | null } {
  const { server_label: label, name = null } = read(NamedTools, choice, path);
  const isThere =
    label === ownLabel ? serverTools.length > 0 : requestServers.some((server) => server.label === label);
  if (!isThere) throw refusal([...path, 'server_label'], `${quote(label)} is not in tools`);
  const allowed =
    label === ownLabel
      ? serverTools
      : requestServers.find((server) => server.label === label)?.allowed?.names;
  if (name !== null && Array.isArray(allowed) && !allowed.includes(name))
    throw refusal([...path, 'name'], `${quote(name)} is not in tools`);
  return { server_label: label, name };
}
