import { AppError, authVerifyKey, type Caller } from '@antiphon/contracts';
import { createLogger, type RunningService, startService } from '@antiphon/service-kit';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { Module } from '@nestjs/common';
import { afterAll, afterEach } from 'vitest';
import { z } from 'zod';
import { loadConfig, MCP_CONFIG } from '../config.ts';
import { McpController } from '../endpoint/mcp.controller.ts';
import { ToolPolicy } from '../host/tool-policy.ts';
import { requiredEnvironment } from './environment.ts';
import { noHostedTools } from './hosted-tools.ts';
import { noOutsideTools } from './outside-tools.ts';
import { defineTool, readOnly, type ToolContext } from '../host/tool.ts';
import { ToolRegistry } from '../host/tool-registry.ts';
import { ToolRunner } from '../host/tool-runner.ts';
import { CancellationsHandler } from '../endpoint/cancellations.handler.ts';
import { Cancellations } from '../endpoint/cancellations.ts';
import { encodeMcpError } from '../endpoint/json-rpc-error.ts';
import { McpEndpoint } from '../endpoint/mcp-endpoint.ts';
import { ToolEvents } from '../endpoint/tool-events.ts';

@Module({})
class McpModule {}

const first: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'key', scopes: [] };
const second: Caller = { ...first, userId: 'user_2', tenantId: 'user_2' };
export const limits = { outputBytesMax: 10_000, concurrencyMax: 16, waitingMax: 0 };

/** A call of the tool `wait`: it runs until the test releases it or its signal aborts. */
interface WaitingCall {
  signal: AbortSignal;
  letGo: () => void;
  /** Resolves when its signal aborts. */
  stopped: Promise<void>;
}

let waiting: ((call: WaitingCall) => void)[] = [];
/** The next call of `wait`, once it runs. */
export const nextCall = () => new Promise<WaitingCall>((resolve) => waiting.push(resolve));

function textTool(
  name: string,
  run: (text: string, context: ToolContext, signal: AbortSignal) => Promise<string>,
) {
  return defineTool({
    name,
    description: `The ${name} tool.`,
    parameters: z.object({ text: z.string().default('') }),
    annotations: readOnly,
    timeoutMs: 30_000,
    run: ({ text }, context, signal) => run(text, context, signal),
  });
}

const tools = [
  textTool('wait', async (text, { onProgress }, signal) => {
    onProgress?.({ progress: 1, total: 3, message: 'half\u0007way' });
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    const free = new Promise<void>((letGo) => waiting.shift()?.({ signal, letGo, stopped }));
    await Promise.race([free, stopped]);
    return text;
  }),
  textTool('echo', async (text) => text),
  textTool('refuse', async () => {
    throw new AppError('not_found', 'there is no such page');
  }),
  textTool('break', async () => {
    throw new Error('password is hunter2');
  }),
  textTool('key', async (_text, { idempotencyKey }) => idempotencyKey),
  defineTool({
    name: 'wipe_all',
    description: 'Deletes everything.',
    parameters: z.object({}),
    annotations: { readOnly: false, idempotent: true, destructive: true },
    timeoutMs: 1_000,
    run: async () => 'done',
  }),
];

const policy = new ToolPolicy({
  file: { tools: { wipe_all: { enabled: true } }, callers: [{ user: 'user_2', tools: ['echo'] }] },
  unsafe: 'named',
});

/** Starts the /mcp endpoint with the tools above. */
export async function startInstance(bus: MemoryBus, env: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const environment = {
    PORT: '0',
    MCP_ALLOWED_ORIGINS: 'https://app.example.com',
    BODY_LIMIT_BYTES: '20000',
    ...requiredEnvironment,
    ...env,
  };
  const config = loadConfig(environment, {
    http: { body_depth_max: 20 },
    mcp_endpoint: { page_size: 2, batch_max: 3, progress_interval: '20ms' },
  });
  const module = {
    module: McpModule,
    controllers: [McpController, CancellationsHandler],
    providers: [
      {
        provide: ToolRegistry,
        useFactory: () => new ToolRegistry(tools, policy, { tools: limits }, noOutsideTools, noHostedTools),
      },
      ToolRunner,
      { provide: MCP_CONFIG, useValue: config },
      Cancellations,
      { provide: ToolEvents, useValue: { executed: async () => undefined } },
      McpEndpoint,
    ],
  };
  const logger = createLogger('mcp', 'silent');
  return startService({ name: 'mcp', config, module, encodeError: encodeMcpError }, bus, logger);
}

/** Starts two instances of the service that share a bus. They end with the calling spec. */
export async function startInstances(): Promise<[RunningService, RunningService]> {
  const bus = new MemoryBus();
  bus.handle(authVerifyKey, async ({ key }) => ({
    caller: { sk_first: first, sk_second: second }[key] ?? null,
  }));
  const instances = await Promise.all([startInstance(bus), startInstance(bus)]);
  afterEach(() => void (waiting = []));
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
  });
  return instances;
}
