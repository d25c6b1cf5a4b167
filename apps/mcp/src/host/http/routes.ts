import { defineRoute, JsonObject } from '@antiphon/contracts';
import { z } from 'zod';

/** A tool that the caller may use, as models see it, and how it is used. */
const Tool = z.looseObject({
  object: z.literal('tool'),
  name: z.string(),
  description: z.string(),
  /** A JSON Schema of the arguments. */
  parameters: z.unknown(),
  annotations: z.looseObject({ read_only: z.boolean(), idempotent: z.boolean(), destructive: z.boolean() }),
  /** Which calls wait for a person: `unsafe` are those of tools that are not read-only. */
  approval: z.enum(['always', 'unsafe', 'never']),
  needs_approval: z.boolean(),
  timeout_ms: z.number(),
  /** The label of the outside MCP server that has it; null: it is built in. */
  server_label: z.string().nullable(),
  /** Whether requests that select all tools get it; otherwise they name it. */
  in_all: z.boolean(),
});
const ToolList = z.looseObject({
  object: z.literal('list'),
  data: z.array(Tool),
  has_more: z.literal(false),
});

/** What a call without a model returned. A failure of the tool has an `error`, and `output` is what a model would read. */
const ToolTrial = z.looseObject({
  object: z.literal('tool_trial'),
  name: z.string(),
  output: z.string(),
  /** Data URLs. */
  images: z.array(z.string()),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  duration_ms: z.number(),
});

const ToolTrialBody = z.strictObject({ arguments: JsonObject.default({}) });

export const toolRoutes = {
  list: defineRoute({
    method: 'get',
    path: '/v1/tools',
    name: 'listTools',
    summary: 'The tools that you may use: built in, and of outside MCP servers',
    reply: { status: 200, description: 'All of them', json: ToolList },
  }),
  try: defineRoute({
    method: 'post',
    path: '/v1/tools/{name}/try',
    name: 'tryTool',
    summary:
      'Call a tool without a model, with the scope `tools`. No approval is needed: the caller decides by calling',
    body: ToolTrialBody,
    mayLackBody: true,
    reply: { status: 200, description: 'What the tool returned, also where it failed', json: ToolTrial },
  }),
};

/** The schemas that the document of the service has by name. */
export const toolSchemas = {
  requests: { ToolTrialBody },
  replies: { Tool, ToolList, ToolTrial },
};

export type WireTool = z.input<typeof Tool>;
export type WireToolTrial = z.input<typeof ToolTrial>;
