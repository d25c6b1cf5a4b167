import { z } from 'zod';
import { JsonObject } from '../json.ts';

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

/** What a caller says about the approval of a server's tools, by their names at that server. It cannot lift an operator's `always`. */
export const ApprovalRule = z.object({
  always: z.array(z.string()),
  never: z.array(z.string()),
  /** For all others; null: as each tool has it. */
  otherwise: ApprovalPolicy.nullable(),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

/** An MCP server that a request brings along. Its tools are called `<label>__<tool>`. */
export const RequestServer = z.object({
  label: z.string(),
  url: z.string(),
  /** Names and values, sealed: they are credentials, and nobody reads them but who calls the server. */
  sealedHeaders: z.string().nullable(),
  /** By the names the server gives them; null: all. */
  allowedTools: z.array(z.string()).nullable(),
  approval: ApprovalRule,
});
export type RequestServer = z.infer<typeof RequestServer>;

/** The name of a tool as models and providers accept it. */
export const ToolName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores');

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

/** How the model must use its tools. */
export const ToolChoice = z.union([z.enum(['auto', 'none', 'required']), z.object({ name: ToolName })]);
export type ToolChoice = z.infer<typeof ToolChoice>;
