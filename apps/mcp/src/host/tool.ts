import type { ApprovalPolicy, Caller, ServerTool, ToolAnnotations, ToolResult } from '@antiphon/contracts';
import { AppError, issuesOf, JsonObject, nameOf } from '@antiphon/contracts';
import type { LimitFunction } from 'p-limit';
import { z } from 'zod';

/** What a tool may know of the call besides its arguments. */
export interface ToolContext {
  caller: Caller;
  /** The same for every attempt of one call: sent along where the other side can use it. */
  idempotencyKey: string;
  /** Told of how far the call has come, by tools that know it. */
  onProgress?: (progress: ToolProgress) => void;
}

/** How far a call has come. It grows; what it counts is up to the tool. */
export interface ToolProgress {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}

/** A tool as the registry holds it: what is told of it, and how it is run. */
export interface HostedTool {
  readonly offer: ServerTool;
  /** Of an outside server's tool: what bounds its calls and those of its server, one after the other. */
  readonly slots?: readonly LimitFunction[];
  /** Gives the text the model reads, with images that belong to it. Throws `invalid_request` naming the argument that does not fit, and AppErrors of its own. */
  run(args: unknown, context: ToolContext, signal: AbortSignal): Promise<string | ToolOutput>;
}

/** Output with images. */
export interface ToolOutput {
  text: string;
  images: NonNullable<ToolResult['images']>;
}

export interface ToolDefinition<Parameters extends z.ZodType> {
  name: string;
  /** Written for a model: what it gives back and when to use it. */
  description: string;
  parameters: Parameters;
  annotations: ToolAnnotations;
  /** Unset, a call waits for its caller where the tool changes something. */
  approval?: ApprovalPolicy;
  timeoutMs: number;
  run: (args: z.output<Parameters>, context: ToolContext, signal: AbortSignal) => Promise<string>;
}

export function defineTool<Parameters extends z.ZodType>(definition: ToolDefinition<Parameters>): HostedTool {
  const { parameters, run, approval = 'unsafe', ...told } = definition;
  return {
    offer: { ...told, executor: 'server', parameters: toJsonSchema(parameters), approval },
    run: async (args, context, signal) => run(parseArguments(parameters, args), context, signal),
  };
}

/** What does not change anything. */
export const readOnly: ToolAnnotations = { readOnly: true, idempotent: true, destructive: false };

function toJsonSchema(parameters: z.ZodType): JsonObject {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(parameters, {
    io: 'input',
    // Providers refuse keywords they do not know; that keys are strings goes without saying.
    override: ({ jsonSchema }) => void delete jsonSchema.propertyNames,
  });
  return JsonObject.parse(schema);
}

/** Complaints are for a model that will try again, so it gets all of them at once. */
function parseArguments<Parameters extends z.ZodType>(
  parameters: Parameters,
  args: unknown,
): z.output<Parameters> {
  const result = parameters.safeParse(args, { reportInput: true });
  if (result.success) return result.data;
  const issues = issuesOf(result.error, { whole: 'the value' });
  throw new AppError(
    'invalid_request',
    `the arguments do not fit: ${issues.map(({ message }) => message).join('; ')}`,
    {
      param: nameOf(issues[0]?.path ?? []) || undefined,
    },
  );
}
