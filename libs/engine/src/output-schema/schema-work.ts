import { AppError, type ErrorInfo, type JsonValue } from '@antiphon/contracts';
import { compileUses, findFault, type SchemaFault, type SchemaUse } from './schema-checker.ts';

/** One call of a `SchemaChecker`, as a thread gets it. */
export interface SchemaTask {
  uses: readonly SchemaUse[];
  /** JSON text of the value; null where the schemas are only compiled. */
  value: string | null;
  /** Receives one message when the work begins, after this module is loaded. */
  begun: { postMessage(message: unknown): void };
}

/** The reply of a thread. Errors are data, since they lose their class between threads. */
export type SchemaOutcome = { fault: SchemaFault | null } | { refusal: ErrorInfo };

/** The work of a thread that runs callers' schemas. It imports little, since each thread loads it. */
export function runSchemas({ uses, value, begun }: SchemaTask): SchemaOutcome {
  begun.postMessage(null);
  try {
    if (value !== null) return { fault: findFault(uses, JSON.parse(value) as JsonValue) };
    compileUses(uses);
    return { fault: null };
  } catch (error) {
    if (error instanceof AppError) return { refusal: error.toInfo() };
    throw error;
  }
}
