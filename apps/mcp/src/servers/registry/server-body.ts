import { ApprovalPolicy, ownLabel, ServerHeaders, ServerLabel } from '@antiphon/contracts';
import { z } from 'zod';
import type { ServerLimits } from '../server-limits.ts';
import { type OwnToolSettings, type ServerSettings, type ServerTimeouts, ServerTransport } from './server.ts';

const urlLengthMax = 4096;

const toolsMax = 256;

/** The server's own name for a tool. It may have characters that models do not accept. */
const ServerToolName = z.string().min(1).max(256);
const AllowedTools = z.array(ServerToolName).max(1000);

export type ServerBodyLimits = Pick<
  ServerLimits,
  'timeouts' | 'callsPerServerMax' | 'descriptionCharactersMax'
>;

/** The bodies that register and change a server. They refuse unknown fields, so that a misspelled setting is not ignored. */
export function serverBodies(limits: ServerBodyLimits) {
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
  const concurrency = z.int().min(1).max(limits.callsPerServerMax);
  const ToolSettings = z
    .strictObject({
      enabled: z.boolean().optional(),
      description: z.string().trim().min(1).max(limits.descriptionCharactersMax).optional(),
      approval: ApprovalPolicy.optional(),
      timeout_ms: timeout(limits.timeouts.callMs),
      concurrency: concurrency.optional(),
    })
    .transform(({ enabled, timeout_ms, ...settings }): OwnToolSettings => ({
      ...settings,
      ...(enabled !== undefined && { isEnabled: enabled }),
      ...(timeout_ms !== undefined && { timeoutMs: timeout_ms }),
    }));
  const Tools = z
    .record(ServerToolName, ToolSettings)
    .refine((tools) => Object.keys(tools).length <= toolsMax, `must be at most ${toolsMax}`);
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
    concurrency: concurrency.nullable().optional(),
    tools: Tools.nullable().optional(),
    enabled: z.boolean().optional(),
    pin: z.boolean().optional(),
  });
  const label = ServerLabel.refine(
    (text) => text !== ownLabel,
    `must not be "${ownLabel}", which is this server`,
  );
  const New = Change.required({ url: true }).extend({ label });
  return { Change, New };
}

type NewServerBody = z.output<ReturnType<typeof serverBodies>['New']> & { shared: boolean };
type ServerChangeBody = z.output<ReturnType<typeof serverBodies>['Change']>;

/** Decodes a registration, with the defaults of the fields that it leaves out. */
export function decodeNew({ label, shared, url, ...rest }: NewServerBody) {
  return { label, isForAll: shared, settings: withDefaults({ ...decodeChange(rest), url }) };
}

/** Decodes a change. Fields that the body leaves out are absent. */
export function decodeChange(body: ServerChangeBody): Partial<ServerSettings> {
  const { headers, allowed_tools: allowedTools, enabled, url, transport, approval, timeouts } = body;
  const { concurrency, tools, pin } = body;
  return {
    ...(url !== undefined && { url }),
    ...(transport !== undefined && { transport }),
    ...(headers !== undefined && { headers: headers ?? {} }),
    ...(allowedTools !== undefined && { allowedTools }),
    ...(approval !== undefined && { approval }),
    ...(timeouts !== undefined && { timeouts }),
    ...(concurrency !== undefined && { concurrency }),
    ...(tools !== undefined && { tools: tools ?? {} }),
    ...(enabled !== undefined && { isEnabled: enabled }),
    ...(pin !== undefined && { isPinned: pin }),
  };
}

/** Adds the defaults of a registration. */
export function withDefaults(settings: Partial<ServerSettings> & { url: string }): ServerSettings {
  return {
    transport: null,
    headers: {},
    allowedTools: null,
    approval: 'unsafe',
    timeouts: {},
    concurrency: null,
    tools: {},
    isEnabled: true,
    isPinned: false,
    ...settings,
  };
}
