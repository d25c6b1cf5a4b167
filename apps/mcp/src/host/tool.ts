import type {
  ApprovalPolicy,
  CallDetail,
  Caller,
  ServerTool,
  ToolAnnotations,
  ToolResult,
} from '@antiphon/contracts';
import { AppError, issuesOf, JsonObject, nameOf } from '@antiphon/contracts';
import type { LimitFunction } from 'p-limit';
import { z } from 'zod';

/** The second argument of a tool. */
export interface ToolContext {
  caller: Caller;
  /** The same for every attempt of one call. Tools send it to services that support idempotency keys. */
  idempotencyKey: string;
  /** The images of the conversation for a function that takes them, the newest first, as data URLs or links. */
  images?: readonly string[] | undefined;
  /** Receives the progress of the call from tools that can report it. */
  onProgress?: (progress: ToolProgress) => void;
  /** The detail that the call of a hosted tool began with. */
  detail?: CallDetail;
  /** Receives the detail so far of a hosted tool's call, before its result. */
  onDetail?: (detail: CallDetail) => void;
}

/** The progress of a call. It grows; the tool chooses its unit. */
export interface ToolProgress {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}

/** A tool that runs here: its description, and the function that runs it. */
export interface RegisteredTool {
  readonly offer: ServerTool;
  /** The limits on calls of an outside server's tool and of its server, the narrowest first. */
  readonly slots?: readonly LimitFunction[];
  /** Whether calls of a hosted tool's function get the images of the conversation. */
  readonly takesImages?: boolean;
  /** Returns the output for the model, with images where it has some. Throws `invalid_request` that names the invalid arguments, and its own AppErrors. */
  run(args: unknown, context: ToolContext, signal: AbortSignal): Promise<string | ToolOutput>;
}

/** Output with images, or with the detail and the sources of a hosted tool. */
export interface ToolOutput extends Pick<ToolResult, 'images' | 'detail' | 'sources'> {
  text: string;
}

export interface ToolDefinition<Parameters extends z.ZodType> {
  name: string;
  /** Written for a model: what the tool returns and when to use it. */
  description: string;
  parameters: Parameters;
  annotations: ToolAnnotations;
  /** Default `unsafe`: calls need approval unless the tool is read-only. */
  approval?: ApprovalPolicy;
  timeoutMs: number;
  run: (
    args: z.output<Parameters>,
    context: ToolContext,
    signal: AbortSignal,
  ) => Promise<string | ToolOutput>;
}

export function defineTool<Parameters extends z.ZodType>(
  definition: ToolDefinition<Parameters>,
): RegisteredTool {
  const { parameters, run, approval = 'unsafe', ...described } = definition;
  return {
    offer: { ...described, executor: 'server', parameters: toJsonSchema(parameters), approval },
    run: async (args, context, signal) => run(parseArguments(parameters, args), context, signal),
  };
}

/** The annotations of a tool that changes nothing. */
export const readOnly: ToolAnnotations = { readOnly: true, idempotent: true, destructive: false };

function toJsonSchema(parameters: z.ZodType): JsonObject {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(parameters, {
    io: 'input',
    // Some providers refuse `propertyNames`, which only states that keys are strings.
    override: ({ jsonSchema }) => void delete jsonSchema.propertyNames,
  });
  return JsonObject.parse(schema);
}

/** The error lists all faults at once, for a model that will retry. */
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
