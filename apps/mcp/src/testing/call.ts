import { AppError, type Caller } from '@antiphon/contracts';
import type { JsonObject } from '@antiphon/contracts';
import type { RegisteredTool } from '../host/tool.ts';

export const testUser: Caller = { userId: 'user_1', tenantId: 'tenant_1', kind: 'user', scopes: [] };

/** Runs a tool and reads its JSON. */
export async function callTool(
  tool: RegisteredTool,
  args: unknown,
  signal: AbortSignal = new AbortController().signal,
): Promise<JsonObject> {
  const output = await tool.run(args, { caller: testUser, idempotencyKey: 'resp_1:0:0' }, signal);
  const text = typeof output === 'string' ? output : output.text;
  return JSON.parse(text) as JsonObject; // the tools under test return objects
}

/** Runs a tool that must fail, and returns its error. */
export async function failTool(tool: RegisteredTool, args: unknown, signal?: AbortSignal): Promise<AppError> {
  const outcome = await callTool(tool, args, signal).catch((error: unknown) => error);
  if (outcome instanceof AppError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('the tool did not fail');
}
