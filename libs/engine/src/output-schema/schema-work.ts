import { AppError, type ErrorInfo, type JsonValue } from '@antiphon/contracts';
import { compileUses, findFault, type SchemaFault, type SchemaUse } from './schema-checker.ts';

/** One call of a `SchemaChecker`, as a thread gets it. */
export interface SchemaTask {
  uses: readonly SchemaUse[];
  /** JSON text of the value; null where the schemas are only compiled. */
  value: string | null;
  /** Gets one message when the work begins: loading this module is not part of it. */
  begun: { postMessage(message: unknown): void };
}

/** What a thread answers: errors lose their class on the way between threads. */
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
