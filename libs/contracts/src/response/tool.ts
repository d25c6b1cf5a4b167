import { z } from 'zod';
import { JsonObject } from '../json.ts';
import { ServerHeaders } from './server-headers.ts';

/** What a tool may do to the world, in the words of the Model Context Protocol's annotations. */
export const ToolAnnotations = z.object({
  /** It changes nothing. */
  readOnly: z.boolean(),
  /** Running it again with the same arguments changes nothing more. */
  idempotent: z.boolean(),
  /** It may overwrite or delete. */
  destructive: z.boolean(),
});
export type ToolAnnotations = z.infer<typeof ToolAnnotations>;

/** When a call waits for the caller: never, only where the tool changes something, always. */
export const ApprovalPolicy = z.enum(['never', 'unsafe', 'always']);
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** Which of a server's tools are meant. What is null does not matter. */
export const ToolFilter = z.object({
  /** By the names the server gives them. */
  names: z.array(z.string()).nullable(),
  readOnly: z.boolean().nullable(),
});
export type ToolFilter = z.infer<typeof ToolFilter>;

/** What a caller says about the approval of a server's tools. It cannot lift an operator's `always`. */
export const ApprovalRule = z.object({
  always: ToolFilter.nullable(),
  never: ToolFilter.nullable(),
  /** For all others; null: as each tool has it. */
  otherwise: ApprovalPolicy.nullable(),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

/** The label of our own tools, where a caller speaks of them as of an MCP server. */
export const ownLabel = 'antiphon';

/** Between a server's label and the name of its tool. No label holds it or ends in a part of it, so the first one divides a name. */
export const labelSeparator = '__';

/** What an MCP server's tools are prefixed with. */
export const ServerLabel = z
  .string()
  .regex(
    /^[a-z0-9][\w-]{0,31}$/i,
    'must be 1 to 32 letters, digits, dashes or underscores, with a letter or a digit first',
  )
  .refine((label) => !label.includes(labelSeparator) && !label.endsWith('_'), {
    error: 'must not hold two underscores in a row or end in one',
  });

/** The name of a tool as models and providers accept it. */
export const ToolName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores');

const toolNameMax = 64;

/**
 * The name under which models are offered a tool of an MCP server: the server's label, then the tool's own name. Every provider takes 64 letters,
 * digits, dashes and underscores. A name with other characters, or one that would be too long, ends in a digest of the tool's own name, so that
 * `read/it` and `read:it` stay two tools, whatever else the server offers.
 */
export function mcpToolName(label: string, name: string): string {
  const full = `${label}${labelSeparator}${name}`;
  const accepted = full.replaceAll(/[^\w-]/g, '_');
  if (accepted === full && full.length <= toolNameMax) return full;
  const digest = digestOf(name);
  return `${accepted.slice(0, toolNameMax - digest.length - 1)}_${digest}`;
}

/** FNV-1a, eight hexadecimal digits: enough to tell the tools of one server apart. */
function digestOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * An MCP server that a request names. Where it is and what it is sent are credentials, often enough in the URL: they are sealed, nobody
 * reads them but who calls the server, and they are gone when the response ends.
 */
export const RequestServer = z.object({
  label: ServerLabel,
  /** Scheme, host and port, for people; null: one that is registered here under this label. */
  origin: z.string().nullable(),
  sealedAccess: z.string().nullable(),
  /** Null: all its tools. */
  allowed: ToolFilter.nullable(),
  approval: ApprovalRule,
});
export type RequestServer = z.infer<typeof RequestServer>;

/** Where an MCP server is, and what it is sent with every request. */
export const ServerAccess = z.object({ url: z.string(), headers: ServerHeaders });
export type ServerAccess = z.infer<typeof ServerAccess>;

/** An MCP server as a request tells of it, before its secrets are sealed. */
export const NamedServer = RequestServer.omit({ origin: true, sealedAccess: true }).extend({
  /** Null: one that is registered here under this label. */
  access: ServerAccess.nullable(),
  /** The field of the request that has its URL, as a refusal names it. */
  urlField: z.string(),
});
export type NamedServer = z.infer<typeof NamedServer>;

/** A tool of ours, as the tool host offers it. */
export const ServerTool = z.object({
  executor: z.literal('server'),
  name: ToolName,
  /** Written for a model. */
  description: z.string(),
  /** JSON Schema of the arguments. */
  parameters: JsonObject,
  annotations: ToolAnnotations,
  approval: ApprovalPolicy,
  /** How long one call may take, in milliseconds. */
  timeoutMs: z.number().positive(),
});
export type ServerTool = z.infer<typeof ServerTool>;

/** A tool of an MCP server that was asked for its tools. */
export const ListedTool = z.object({
  /** By the name that the server gives it. */
  name: z.string(),
  tool: ServerTool,
});
export type ListedTool = z.infer<typeof ListedTool>;

/** A tool that a server has and that is not offered. */
export const LeftOutTool = z.object({
  /** By the name that the server gives it. */
  name: z.string(),
  /** A phrase for people: "its schema refers to another document". */
  reason: z.string(),
});
export type LeftOutTool = z.infer<typeof LeftOutTool>;

/** The answer of an MCP server that was asked for its tools. */
export const ServerListing = z.object({
  tools: z.array(ListedTool),
  /** The tools that were chosen and cannot be offered. Absent: none. */
  leftOut: z.array(LeftOutTool).optional(),
});
export type ServerListing = z.infer<typeof ServerListing>;

/** A function of the caller: the run pauses and the caller sends the output. */
export const ClientTool = z.object({
  executor: z.literal('client'),
  name: ToolName,
  description: z.string().nullable(),
  parameters: JsonObject.nullable(),
  strict: z.boolean().nullable(),
});
export type ClientTool = z.infer<typeof ClientTool>;

export const Tool = z.discriminatedUnion('executor', [ServerTool, ClientTool]);
export type Tool = z.infer<typeof Tool>;

/** Tools of a request by which a model's offer is narrowed. */
export const AllowedTool = z.discriminatedUnion('executor', [
  z.object({ executor: z.literal('client'), name: ToolName }),
  z.object({
    executor: z.literal('server'),
    /** The server the request brings along; null: our own tools. */
    serverLabel: z.string().nullable(),
    /** As the server names it; null: all of its tools. */
    name: z.string().nullable(),
  }),
]);
export type AllowedTool = z.infer<typeof AllowedTool>;

/** How the model must use its tools. */
export const ToolChoice = z.union([z.enum(['auto', 'none', 'required']), z.object({ name: ToolName })]);
export type ToolChoice = z.infer<typeof ToolChoice>;
