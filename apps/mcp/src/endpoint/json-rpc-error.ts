import { ErrorCode as RpcCode } from '@modelcontextprotocol/sdk/types.js';
import { AppError } from '@antiphon/contracts';
import { encodeErrorPlainly, type EncodeError } from '@antiphon/service-kit';

/** What the endpoint answers where no server of the protocol came into play; the other paths have the usual shape. */
export const encodeMcpError: EncodeError = (error, path) => {
  if (!isEndpoint(path)) return encodeErrorPlainly(error, path);
  const { code, message, data } = toRpcError(error);
  return {
    status: error.status,
    body: { jsonrpc: '2.0', error: { code, message, data }, id: null },
    headers: {
      ...(error.code === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
      ...(error.code === 'method_not_allowed' && { allow: 'POST' }),
    },
  };
};

function isEndpoint(path: string): boolean {
  return /^\/mcp(?:[/?]|$)/.test(path);
}

export interface RpcError {
  code: number;
  message: string;
  /** Our own code, for whoever wants to know more. */
  data: { code: AppError['code']; retryAfterMs?: number };
}

/** Codes from -32000 on are the server's own. */
const refusedByServer = -32_000;

export function toRpcError(error: AppError): RpcError {
  return {
    code: rpcCodeOf(error),
    message: error.message,
    data: {
      code: error.code,
      ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    },
  };
}

function rpcCodeOf({ code, cause }: AppError): number {
  if (code === 'internal') return RpcCode.InternalError;
  if (code !== 'invalid_request') return refusedByServer;
  return cause instanceof SyntaxError ? RpcCode.ParseError : RpcCode.InvalidRequest;
}
