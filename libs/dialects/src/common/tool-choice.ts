import {
  labelSeparator,
  ToolName,
  type CreateResponse,
  type ToolChoice,
  quote,
  read,
  refusal,
} from '@antiphon/contracts';
import { z } from 'zod';

const NamedFunction = z.object({ type: z.literal('function'), name: ToolName });
const NestedFunction = z.object({ type: z.literal('function'), function: z.object({ name: ToolName }) });

/** `auto`, `none`, `required`, or one function in its flat or nested spelling. */
export function decodeToolChoice(value: unknown): ToolChoice {
  if (value === undefined || value === null) return 'auto';
  if (value === 'auto' || value === 'none' || value === 'required') return value;
  if (typeof value !== 'object') {
    throw refusal(['tool_choice'], 'must be "auto", "none", "required" or an object that names a function');
  }
  if ('function' in value) return { name: read(NestedFunction, value, ['tool_choice']).function.name };
  return { name: read(NamedFunction, value, ['tool_choice']).name };
}

/** Refuses a choice of a tool that the model is not offered. */
export function checkToolChoice(
  request: Pick<
    CreateResponse,
    'toolChoice' | 'clientTools' | 'hostedTools' | 'serverTools' | 'requestServers'
  >,
): void {
  const { toolChoice, clientTools, hostedTools = [], serverTools, requestServers } = request;
  if (typeof toolChoice === 'string' || serverTools === 'all' || serverTools.includes(toolChoice.name))
    return;
  if (clientTools.some((tool) => tool.name === toolChoice.name)) return;
  if (hostedTools.some(({ kind }) => kind === toolChoice.name)) return;
  // The tools of an outside server are known only when the run has listed them.
  if (requestServers.some(({ label }) => toolChoice.name.startsWith(label + labelSeparator))) return;
  throw refusal(['tool_choice'], `names ${quote(toolChoice.name)}, which is not in tools`);
}
