import { ApprovalPolicy, ownLabel, ServerHeaders, ServerLabel } from '@antiphon/contracts';
import { z } from 'zod';
import type { ServerLimits } from './server-limits.ts';
import { type ServerSettings, type ServerTimeouts, ServerTransport } from './server.ts';

const urlLengthMax = 4096;

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
    transport: ServerTransport.nullable().optional(),
    headers: ServerHeaders.nullable().optional(),
    allowed_tools: AllowedTools.nullable().optional(),
    approval: ApprovalPolicy.optional(),
    timeouts: Timeouts.optional(),
    enabled: z.boolean().optional(),
  });
  const label = ServerLabel.refine(
    (text) => text !== ownLabel,
    `must not be "${ownLabel}", which is this server`,
  );
  const New = Change.required({ url: true }).extend({ label });
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
    transport: null,
    headers: {},
    allowedTools: null,
    approval: 'unsafe',
    timeouts: {},
    isEnabled: true,
    ...settings,
  };
}
