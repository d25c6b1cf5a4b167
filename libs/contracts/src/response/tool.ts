import { z } from 'zod';
import { JsonObject } from '../json.ts';
import { HostedKind, HostedTool } from './hosted/hosted-tool.ts';
import { ServerHeaders } from './server-headers.ts';

/** The possible effects of a tool, as the annotations of the Model Context Protocol name them. */
export const ToolAnnotations = z.object({
  /** It changes nothing. */
  readOnly: z.boolean(),
  /** A repeated call with the same arguments changes nothing more. */
  idempotent: z.boolean(),
  /** It may overwrite or delete. */
  destructive: z.boolean(),
});
export type ToolAnnotations = z.infer<typeof ToolAnnotations>;

/** When a call waits for the caller: never, only where the tool changes something, always. */
export const ApprovalPolicy = z.enum(['never', 'unsafe', 'always']);
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** Selects tools of a server. A field that is null does not select. */
export const ToolFilter = z.object({
  /** By their names at the server. */
  names: z.array(z.string()).nullable(),
  readOnly: z.boolean().nullable(),
});
export type ToolFilter = z.infer<typeof ToolFilter>;

/** A caller's rules for the approval of a server's tools. They cannot lift an operator's `always`. */
export const ApprovalRule = z.object({
  always: ToolFilter.nullable(),
  never: ToolFilter.nullable(),
  /** For all other tools; null: the rule of each tool. */
  otherwise: ApprovalPolicy.nullable(),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

/** The label of this system's tools where a dialect presents them as an MCP server. */
export const ownLabel = 'antiphon';

/** Between a server's label and the name of its tool. No label holds it or ends in a part of it, so the first one divides a name. */
export const labelSeparator = '__';

/** The label of an MCP server, the prefix of its tools' names. */
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
 * The name under which models are offered a tool of an MCP server or of a namespace: the server's label or the name of the namespace, then the
 * tool's own name. Every provider takes 64 letters, digits, dashes and underscores. A name with other characters, or one that would be too long,
 * ends in a digest of the tool's own name, so that `read/it` and `read:it` stay two tools, whatever else the server offers.
 */
export function qualifiedToolName(group: string, name: string): string {
  const full = `${group}${labelSeparator}${name}`;
  const accepted = full.replaceAll(/[^\w-]/g, '_');
  if (accepted === full && full.length <= toolNameMax) return full;
  const digest = digestOf(name);
  return `${accepted.slice(0, toolNameMax - digest.length - 1)}_${digest}`;
}

/** FNV-1a, eight hexadecimal digits: enough to distinguish the tools of one server. */
function digestOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * An MCP server of a request. Its URL and headers are credentials, often in the URL itself: they are stored sealed, opened only to call the
 * server, and dropped when the response ends.
 */
export const RequestServer = z.object({
  label: ServerLabel,
  /** Scheme, host and port, for display; null: the server that is registered under this label. */
  origin: z.string().nullable(),
  sealedAccess: z.string().nullable(),
  /** Null: all its tools. */
  allowed: ToolFilter.nullable(),
  approval: ApprovalRule,
  /** Whether the model is offered its tools only once a tool search has found them. */
  isDeferred: z.boolean().optional(),
  /** What the server is for, as the caller describes it. */
  description: z.string().optional(),
});
export type RequestServer = z.infer<typeof RequestServer>;

/** The URL of an MCP server, and the headers of every request to it. */
export const ServerAccess = z.object({ url: z.string(), headers: ServerHeaders });
export type ServerAccess = z.infer<typeof ServerAccess>;

/** An MCP server of a request, before its secrets are sealed. */
export const NamedServer = RequestServer.omit({ origin: true, sealedAccess: true }).extend({
  /** Null: the server that is registered under this label. */
  access: ServerAccess.nullable(),
  /** The field of the request with its URL, for error messages. */
  urlField: z.string(),
});
export type NamedServer = z.infer<typeof NamedServer>;

/** A server tool, as the tool host offers it. */
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

/** Whether a person decides about each call of a tool. */
export function needsApproval({ approval, annotations }: ServerTool): boolean {
  return approval === 'always' || (approval === 'unsafe' && !annotations.readOnly);
}

/** A tool in the list of an MCP server. */
export const ListedTool = z.object({
  /** Its name at the server. */
  name: z.string(),
  tool: ServerTool,
});
export type ListedTool = z.infer<typeof ListedTool>;

/** A tool of a server that is not offered. */
export const LeftOutTool = z.object({
  /** Its name at the server. */
  name: z.string(),
  /** The reason as a phrase: "its schema refers to another document". */
  reason: z.string(),
});
export type LeftOutTool = z.infer<typeof LeftOutTool>;

/** The tools of an MCP server. */
export const ServerListing = z.object({
  tools: z.array(ListedTool),
  /** The requested tools that cannot be offered. Absent: none. */
  leftOut: z.array(LeftOutTool).optional(),
});
export type ServerListing = z.infer<typeof ServerListing>;

/** The tool types of the API beside functions that the caller runs. */
export const ClientToolKind = z.enum([
  'custom',
  'local_shell',
  'shell',
  'apply_patch',
  'computer',
  'tool_search',
]);
export type ClientToolKind = z.infer<typeof ClientToolKind>;

/** The rules for the input of a custom tool. */
export const Grammar = z.object({ syntax: z.enum(['lark', 'regex']), definition: z.string() });
export type Grammar = z.infer<typeof Grammar>;

/** The namespace of a request that has a tool, and the tool's own name there. Models know the tool by its qualified name. */
export const ToolNamespace = z.object({ name: ToolName, toolName: ToolName });
export type ToolNamespace = z.infer<typeof ToolNamespace>;

/** A function of the caller, or a tool that models call like one: the run pauses and the caller sends the output. */
export const ClientTool = z.object({
  executor: z.literal('client'),
  name: ToolName,
  description: z.string().nullable(),
  parameters: JsonObject.nullable(),
  strict: z.boolean().nullable(),
  /** Left out for a function. */
  kind: ClientToolKind.optional(),
  /** The tool as the caller sent it, for the echo. Left out for a function. */
  declared: JsonObject.optional(),
  /** For providers that have custom tools. */
  grammar: Grammar.optional(),
  namespace: ToolNamespace.extend({
    /** What the namespace is for. Set on its first tool only. */
    description: z.string().optional(),
  }).optional(),
  /** Whether the model is offered it only once a tool search has found it. */
  isDeferred: z.boolean().optional(),
  /**
   * The JSON Schema that the run checks the arguments against before the caller sees the call. A call that does not fit is rejected, and the
   * model is called again. Left out: `parameters` only inform the model.
   */
  checkedBy: JsonObject.optional(),
});
export type ClientTool = z.infer<typeof ClientTool>;

export const Tool = z.discriminatedUnion('executor', [ServerTool, ClientTool]);
export type Tool = z.infer<typeof Tool>;

/** Tools that an item of the context adds to those of its request and of later ones. */
export const AddedTools = z.object({
  clientTools: z.array(ClientTool),
  hostedTools: z.array(HostedTool).optional(),
  /** Tools of MCP servers that the request names. */
  serverTools: z
    .array(
      z.object({
        label: ServerLabel,
        /** Their names at the server; null: all. */
        names: z.array(z.string()).nullable(),
      }),
    )
    .optional(),
});
export type AddedTools = z.infer<typeof AddedTools>;

/** Selects tools of a request, to narrow what the model is offered. */
export const AllowedTool = z.discriminatedUnion('executor', [
  z.object({ executor: z.literal('client'), name: ToolName }),
  z.object({
    executor: z.literal('server'),
    /** The label of the request's server; null: tools of this system. */
    serverLabel: z.string().nullable(),
    /** The tool's name at the server; null: all of its tools. */
    name: z.string().nullable(),
    /** A hosted tool of the request, with all its functions; `name` is the first of them. */
    kind: HostedKind.optional(),
  }),
]);
export type AllowedTool = z.infer<typeof AllowedTool>;

/** How the model must use its tools. */
export const ToolChoice = z.union([z.enum(['auto', 'none', 'required']), z.object({ name: ToolName })]);
export type ToolChoice = z.infer<typeof ToolChoice>;
