import type { Plugin } from '../exchange.ts';
import type { RequestSizeLimitingConfig } from '../routing/kong-config.ts';

const unitBytes = { megabytes: 1024 * 1024, kilobytes: 1024, bytes: 1 };

/** Refuses a declared length at once; a body of unknown length is counted while it arrives, with the same limit. */
export function requestSizeLimiting(config: RequestSizeLimitingConfig): Plugin {
  const bytesMax = config.allowed_payload_size * unitBytes[config.size_unit];
  return {
    access(exchange) {
      exchange.bodyBytesMax = bytesMax;
      const declared = exchange.headers['content-length'];
      return declared !== undefined && Number(declared) > bytesMax ? bodyTooLarge : undefined;
    },
  };
}

export const bodyTooLarge = { status: 413, message: 'Request size limit exceeded' };
