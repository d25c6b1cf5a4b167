import { AppError } from '@antiphon/contracts';
import { encodeErrorPlainly, type EncodeError } from '@antiphon/service-kit';

/** Encodes errors of requests that did not reach an MCP server: as JSON-RPC on `/mcp`, in the service's usual shape on the other paths. */
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
  /** The platform's own error code. */
  data: { code: AppError['code']; retryAfterMs?: number };
}

/** Codes of JSON-RPC 2.0, which reserves those from -32000 to -32099 for servers. */
const rpcCodes = {
  parseError: -32_700,
  invalidRequest: -32_600,
  internalError: -32_603,
  refusedByServer: -32_000,
};

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
  if (code === 'internal') return rpcCodes.internalError;
  if (code !== 'invalid_request') return rpcCodes.refusedByServer;
  return cause instanceof SyntaxError ? rpcCodes.parseError : rpcCodes.invalidRequest;
}
