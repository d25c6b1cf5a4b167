import type { AppError } from '@antiphon/contracts';

/** Codes of errors after a connection was made: it broke, or no data arrived in time. */
const afterConnect =
  /^(UND_ERR_(SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT|ABORTED)|HPE_\w+|ECONNRESET|EPIPE|AbortError|TimeoutError)$/;

/**
 * Whether a request that `Egress` failed to send never had a connection: no address, no listener, no answer to the handshake. A server
 * that was connected to and did not answer is reachable.
 */
export function failedToConnect({ code, cause }: AppError): boolean {
  if (code !== 'unavailable' || !(cause instanceof Error)) return false;
  const reason = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return !afterConnect.test(reason);
}
