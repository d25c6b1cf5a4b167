import { decoded, defineRoute, schemaOf } from '@antiphon/contracts';
import { z } from 'zod';
import { decodeChange, decodeNew, type ServerBodyLimits, serverBodies } from './server-body.ts';

const base = '/v1/mcp/servers';
const one = `${base}/{label}` as const;

/** Null where the caller may not read it, or where it is unknown. */
const Server = z.looseObject({
  object: z.literal('mcp.server'),
  label: z.string(),
  url: z.string().nullable(),
  transport: z.string().nullable(),
  header_names: z.array(z.string()).readonly(),
  enabled: z.boolean(),
  pin: z.boolean(),
  changed: z.boolean().nullable(),
  shared: z.boolean(),
  source: z.enum(['api', 'file', 'request']),
  status: z.string(),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  created_at: z.int().nullable(),
  updated_at: z.int().nullable(),
});
const ServerList = z.looseObject({
  object: z.literal('list'),
  data: z.array(Server),
  has_more: z.literal(false),
});
const ToolList = z.looseObject({
  object: z.literal('list'),
  data: z.array(z.looseObject({ object: z.literal('mcp.tool'), name: z.string() })),
  left_out: z.array(z.unknown()),
  changed: z.array(z.unknown()),
  digest: z.string().nullable(),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  has_more: z.literal(false),
});

export type WireServer = z.input<typeof Server>;
export type WireToolList = z.input<typeof ToolList>;

const Confirmation = z.strictObject({ digest: z.string().max(128).optional() });

/** Outside MCP servers. The limits of the bodies are the operator's. */
export function serverRoutes(limits: ServerBodyLimits) {
  const { New, Change } = serverBodies(limits);
  const NewServer = New.extend({ shared: z.boolean().default(false) });
  return {
    create: defineRoute({
      method: 'post',
      path: base,
      name: 'createServer',
      summary: 'Register a server',
      body: decoded(NewServer, decodeNew),
      reply: reply('The server', Server, 201),
    }),
    list: defineRoute({
      method: 'get',
      path: base,
      name: 'listServers',
      summary: 'Your servers, and those that are shared with you',
      reply: reply('All of them', ServerList),
    }),
    retrieve: defineRoute({
      method: 'get',
      path: one,
      name: 'retrieveServer',
      summary: 'A server',
      reply: reply('The server', Server),
    }),
    change: defineRoute({
      method: 'patch',
      path: one,
      name: 'changeServer',
      summary: 'Change a server',
      body: decoded(Change, decodeChange),
      reply: reply('The changed server', Server),
    }),
    remove: defineRoute({
      method: 'delete',
      path: one,
      name: 'deleteServer',
      summary: 'Remove a server',
      reply: { status: 204, description: 'Deleted' },
    }),
    listTools: defineRoute({
      method: 'get',
      path: `${one}/tools`,
      name: 'listServerTools',
      summary: 'The tools that a server offers, and those that are left out; or the error of listing them',
      reply: reply('The tools', ToolList),
    }),
    confirm: defineRoute({
      method: 'post',
      path: `${one}/confirm`,
      name: 'confirmServerTools',
      summary: 'Approve the current tools of a pinned server, or those with the given digest',
      body: Confirmation,
      mayLackBody: true,
      reply: reply('The tools', ToolList),
    }),
  };
}

export type ServerRoutes = ReturnType<typeof serverRoutes>;

/** The schemas that the document of the service has by name. */
export function serverSchemas(routes: ServerRoutes) {
  return {
    requests: {
      NewServer: schemaOf(routes.create.body),
      ServerChange: schemaOf(routes.change.body),
      Confirmation,
    },
    replies: { Server, ServerList, ToolList },
  };
}

function reply<Json extends z.ZodType>(description: string, json: Json, status = 200) {
  return { status, description, json };
}
