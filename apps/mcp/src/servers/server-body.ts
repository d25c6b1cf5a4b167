import { ApprovalPolicy } from '@antiphon/contracts';
import { z } from 'zod';
import type { ServerLimits } from './server-limits.ts';
import { ServerLabel, type ServerSettings, type ServerTimeouts, ServerTransport } from './server.ts';

const headersMax = 32;
const headerBytesMax = 16 * 1024;
const urlLengthMax = 4096;

/** They belong to the connection or to the protocol. */
const reservedHeaders = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const HeaderName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~\w-]{1,128}$/, 'is not the name of a header')
  .refine((name) => !reservedHeaders.has(name.toLowerCase()), 'cannot be set')
  .transform((name) => name.toLowerCase());

const HeaderValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'is not the value of a header');

const Headers = z
  .record(HeaderName, HeaderValue)
  .refine((headers) => Object.keys(headers).length <= headersMax, `must be at most ${headersMax}`)
  .refine(
    (headers) => Object.entries(headers).flat().join('').length <= headerBytesMax,
    `must be at most ${headerBytesMax} bytes together`,
  );

const AllowedTools = z.array(z.string().min(1).max(128)).max(1000);

/** The bodies that register and change a server. What they do not know they refuse, so that a slip is not taken for a choice. */
export function serverBodies(limits: Pick<ServerLimits, 'timeouts'>) {
  const timeout = (max: number) => z.int().min(1).max(max).optional();
  const Timeouts = z
    .strictObject({
      connect_ms: timeout(limits.timeouts.connectMs),
      list_ms: timeout(limits.timeouts.listMs),
      call_ms: timeout(limits.timeouts.callMs),
    })
    .transform(({ connect_ms, list_ms, call_ms }): Partial<ServerTimeouts> => ({
      ...(connect_ms !== undefined && { connectMs: connect_ms }),
      ...(list_ms !== undefined && { listMs: list_ms }),
      ...(call_ms !== undefined && { callMs: call_ms }),
    }));
  const Change = z.strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .max(urlLengthMax)
      .optional(),
    transport: ServerTransport.optional(),
    headers: Headers.nullable().optional(),
    allowed_tools: AllowedTools.nullable().optional(),
    approval: ApprovalPolicy.optional(),
    timeouts: Timeouts.optional(),
    enabled: z.boolean().optional(),
  });
  const New = Change.required({ url: true }).extend({ label: ServerLabel });
  return { Change, New };
}

type ServerChangeBody = z.output<ReturnType<typeof serverBodies>['Change']>;

/** A body's fields in our words; those it leaves out are not there. */
export function decodeChange(body: ServerChangeBody): Partial<ServerSettings> {
  const { headers, allowed_tools: allowedTools, enabled, url, transport, approval, timeouts } = body;
  return {
    ...(url !== undefined && { url }),
    ...(transport !== undefined && { transport }),
    ...(headers !== undefined && { headers: headers ?? {} }),
    ...(allowedTools !== undefined && { allowedTools }),
    ...(approval !== undefined && { approval }),
    ...(timeouts !== undefined && { timeouts }),
    ...(enabled !== undefined && { isEnabled: enabled }),
  };
}

/** What a server has where whoever registers it says nothing. */
export function withDefaults(settings: Partial<ServerSettings> & { url: string }): ServerSettings {
  return {
    transport: 'streamable_http',
    headers: {},
    allowedTools: null,
    approval: 'unsafe',
    timeouts: {},
    isEnabled: true,
    ...settings,
  };
}
