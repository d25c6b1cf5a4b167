import type { AppError } from '@antiphon/contracts';
import { type Dialect, dialectNamed } from '@antiphon/dialects';
import type { ErrorReply } from '@antiphon/service-kit';

/** The dialect spoken at a path, for errors of requests that reach no route. */
function dialectAt(path: string): Dialect {
  return dialectNamed(path.startsWith('/responses/v1') ? 'jan' : 'openai');
}

export function encodeErrorAt(error: AppError, path: string): ErrorReply {
  return dialectAt(path).encodeError(error);
}
