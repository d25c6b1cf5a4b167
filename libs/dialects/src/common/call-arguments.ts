import type { FunctionCallItem, JsonObject, JsonValue } from '@antiphon/contracts';

/** A call's arguments as an object; null where the model wrote something else. */
export function argumentsOf(call: Pick<FunctionCallItem, 'arguments'>): JsonObject | null {
  if (call.arguments.trim() === '') return {};
  try {
    const parsed = JSON.parse(call.arguments) as JsonValue; // what JSON.parse returns is JSON
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Arguments that do not parse are treated as those that are not an object.
  }
  return null;
}
