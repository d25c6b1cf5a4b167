import { z } from 'zod';
import { connectionHeaders } from '../http/connection-headers.ts';

const headersMax = 32;
const headerBytesMax = 16 * 1024;

/** Headers of the connection or the protocol, which a request must not set. */
const reservedHeaders = new Set([
  ...connectionHeaders,
  'accept',
  'accept-encoding',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
]);

const HeaderName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~\w-]{1,128}$/, 'must be the name of a header')
  .refine(
    (name) => !reservedHeaders.has(name.toLowerCase()),
    'must be left out: it belongs to the connection or to the protocol',
  )
  .transform((name) => name.toLowerCase());

const HeaderValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be the value of a header');

/** Headers for an MCP server, with names in lower case. They often are credentials. */
export const ServerHeaders = z
  .record(HeaderName, HeaderValue)
  .refine((headers) => Object.keys(headers).length <= headersMax, `must be at most ${headersMax}`)
  .refine(
    (headers) => Object.entries(headers).flat().join('').length <= headerBytesMax,
    `must be at most ${headerBytesMax} bytes together`,
  );
export type ServerHeaders = z.infer<typeof ServerHeaders>;
