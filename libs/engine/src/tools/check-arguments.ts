import {
  AppError,
  type Caller,
  type ClientTool,
  type FunctionCallItem,
  type JsonValue,
  type Response,
} from '@antiphon/contracts';
import { describeIssue } from '../output-schema/schema-issue.ts';
import type { SchemaChecker, SchemaUse } from '../output-schema/schema-checker.ts';
import { type OfferedTools } from './list-tools.ts';

/** The check of the arguments of one tool. */
type CheckedTool = ClientTool & Required<Pick<ClientTool, 'checkedBy'>>;

/** Throws `invalid_request` for a rule that the calls of one of the caller's tools cannot be checked against. */
export async function assertCheckable(
  caller: Caller,
  { clientTools }: Response,
  schemas: SchemaChecker,
  signal: AbortSignal,
): Promise<void> {
  for (const tool of clientTools) {
    if (!isChecked(tool)) continue;
    try {
      await schemas.assertUsable(caller, [useOf(tool)], signal);
    } catch (error) {
      const { code } = AppError.from(error);
      if (code !== 'invalid_request') throw error;
      const message = `The format of the tool ${tool.name} cannot be checked: write a regular expression in the syntax of RE2, without look-around and back-references.`;
      throw new AppError('invalid_request', message, { param: 'tools', cause: error });
    }
  }
}

/** Whether the caller sees a call of this tool only once its arguments have been checked. */
export function isCheckedTool(tools: OfferedTools, name: string): boolean {
  const tool = tools.get(name)?.tool;
  return tool?.executor === 'client' && isChecked(tool);
}

/** The faults of calls whose arguments do not fit, as the model reads them, by call id. */
export async function findRejections(
  caller: Caller,
  calls: readonly Pick<FunctionCallItem, 'callId' | 'name' | 'arguments'>[],
  tools: OfferedTools,
  schemas: SchemaChecker,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const faults = new Map<string, string>();
  for (const call of calls) {
    const tool = tools.get(call.name)?.tool;
    if (tool?.executor !== 'client' || !isChecked(tool)) continue;
    const fault = await findFault(caller, tool, call.arguments, schemas, signal);
    if (fault !== null) faults.set(call.callId, `The call was not made: ${fault}. Call ${call.name} again.`);
  }
  return faults;
}

async function findFault(
  caller: Caller,
  tool: CheckedTool,
  text: string,
  schemas: SchemaChecker,
  signal: AbortSignal,
): Promise<string | null> {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue; // JSON.parse returns nothing else
  } catch {
    return 'the arguments are not valid JSON';
  }
  const fault = await schemas.findFault(caller, [useOf(tool)], value, signal);
  return fault && describeIssue(fault.issue, 'the arguments');
}

function isChecked(tool: ClientTool): tool is CheckedTool {
  return tool.checkedBy !== undefined;
}

function useOf({ name, checkedBy }: CheckedTool): SchemaUse {
  return { schema: checkedBy, name: `tools.${name}.format`, pointer: '' };
}
