import { AppError } from '@antiphon/contracts';
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { cleanText } from './clean-text.ts';
import { ConnectionFailure } from './connection-failure.ts';

/** The most characters of a server's own error message that are passed on. */
const quotedMax = 1000;

/** The AppError for a failed request to a server. It quotes the server only where the server answered with a protocol error. */
export function connectionError(
  cause: unknown,
  { deadline, timeoutMs }: { deadline: AbortSignal; timeoutMs: number },
): AppError {
  if (deadline.aborted)
    return new AppError('unavailable', `The server did not answer within ${timeoutMs / 1000} s.`, { cause });
  const known = deepest(cause);
  if (known instanceof AppError) return new ConnectionFailure(known.message, { cause });
  if (known instanceof StreamableHTTPError || known instanceof SseError)
    return statusFailure(known.code, known);
  if (!(known instanceof McpError)) {
    return new ConnectionFailure('The server breaks the protocol.', { cause });
  }
  const text = cleanText(known.message.replace(/^MCP error -?\d+: /, ''), quotedMax);
  if (known.code === Number(ErrorCode.ConnectionClosed)) return new AppError('unavailable', text, { cause });
  const code = known.code === Number(ErrorCode.InvalidParams) ? 'invalid_request' : 'unavailable';
  return new AppError(code, `The server refuses: ${text}`, { cause });
}

function statusFailure(status: number | undefined, cause: Error): ConnectionFailure {
  if (status === 401 || status === 403)
    return new ConnectionFailure(`The server refuses its credentials (status ${status}).`, { cause });
  if (status === undefined || status < 0)
    return new ConnectionFailure('The server breaks the protocol.', { cause });
  return new ConnectionFailure(`The server answered with status ${status}.`, { cause, status });
}

function deepest(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof AppError ? deepest(error.cause) : error;
}
