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
