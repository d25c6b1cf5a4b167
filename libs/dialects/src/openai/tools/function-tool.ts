import { type ClientTool, JsonObject, read, type RequestPath, ToolName } from '@antiphon/contracts';
import { z } from 'zod';
import { AllowedCallers, ignored } from '../schema.ts';

export const FunctionDefinition = z.object({
  name: ToolName,
  description: z.string().nullish(),
  parameters: JsonObject.nullish(),
  strict: z.boolean().nullish(),
  allowed_callers: AllowedCallers.nullish(),
  async: z.literal(false, 'must be left out, or false: a model waits for the outputs of its calls').nullish(),
  defer_loading: z.boolean().nullish(),
  output_schema: ignored('the model reads an output as it is'),
});
const Nested = z.object({ function: z.unknown().optional() });

/** A function of the caller, flat or nested as in chat completions. Throws `invalid_request`. */
export function decodeFunction(tool: unknown, path: RequestPath): ClientTool {
  const nested = read(Nested, tool, path).function;
  const definition =
    nested === undefined
      ? read(FunctionDefinition, tool, path)
      : read(FunctionDefinition, nested, [...path, 'function']);
  return {
    executor: 'client',
    name: definition.name,
    description: definition.description ?? null,
    parameters: definition.parameters ?? null,
    strict: definition.strict ?? null,
    ...(definition.defer_loading && { isDeferred: true }),
  };
}
