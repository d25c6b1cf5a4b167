import type { AppError, DialectName } from '@antiphon/contracts';
import { type Dialect, dialectNamed } from '@antiphon/dialects';
import type { ErrorReply } from '@antiphon/service-kit';

/** The path prefix of each dialect. Every other path is openai. */
const prefixes: readonly (readonly [path: string, name: DialectName])[] = [
  ['/responses/v1', 'jan'],
  ['/api/v1', 'agent'],
  ['/codex/v1', 'codex'],
  ['/v1/messages', 'messages'],
];

/** The dialect of a path, for the errors of requests that reach no route. */
function dialectAt(path: string): Dialect {
  return dialectNamed(prefixes.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'openai');
}

export function encodeErrorAt(error: AppError, path: string, requestId?: string): ErrorReply {
  return dialectAt(path).encodeError(error, requestId);
}
