import { setTimeout } from 'node:timers/promises';
import { toolsCall, toolsList } from '@antiphon/contracts';
import { createLogger, metrics } from '@antiphon/service-kit';
import { MemoryBus, serve, testCallerLimits } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testUser } from '../testing/call.ts';
import { openPolicy } from '../testing/policy.ts';
import { noHostedTools } from '../testing/hosted-tools.ts';
import { noOutsideTools } from '../testing/outside-tools.ts';
import { defineTool, readOnly } from './tool.ts';
import { ToolRegistry } from './tool-registry.ts';
import { ToolRunner } from './tool-runner.ts';
import { ToolsHandler } from './tools.handler.ts';

const echo = defineTool({
  name: 'echo',
  description: 'Says it again.',
  parameters: z.object({ text: z.string() }),
  annotations: readOnly,
  timeoutMs: 1_000,
  run: async ({ text }) => text,
});

/** A tool whose time is limited: it takes longer than a caller with `LIMIT_SCRAPE_TIME=1ms` has. */
const scrape = defineTool({
  ...{
    name: 'scrape',
    description: 'Reads.',
    parameters: z.object({}),
    annotations: readOnly,
    timeoutMs: 1_000,
  },
  run: async (_args, _context, signal) => {
    await setTimeout(5, undefined, { signal });
    return 'a page';
  },
});

function busWithTools(env: NodeJS.ProcessEnv = {}) {
  const bus = new MemoryBus();
  const limits = { outputBytesMax: 1000, concurrencyMax: 2, waitingMax: 2 };
  const registry = new ToolRegistry(
    [echo, scrape],
    openPolicy,
    { tools: limits },
    noOutsideTools,
    noHostedTools,
  );
  const runner = new ToolRunner(registry, createLogger('mcp', 'silent'), testCallerLimits(env));
  serve(bus, new ToolsHandler(runner));
  return bus;
}

const request = {
  caller: testUser,
  name: 'echo',
  arguments: '{"text":"hi"}',
  idempotencyKey: 'k',
  timeoutMs: 1_000,
};

describe('the tools over the bus', () => {
  it('are listed', async () => {
    const { tools } = await busWithTools().call(toolsList, { caller: testUser, select: 'all' }, 1_000);
    expect(tools).toEqual([echo.offer, scrape.offer]);
  });

  it('are called', async () => {
    const result = await busWithTools().call(toolsCall, request, 1_000);
    expect(result).toEqual({ output: 'hi', error: null, durationMs: expect.any(Number) as number });
  });

  it('fail as a result without the cause', async () => {
    const result = await busWithTools().call(toolsCall, { ...request, arguments: '{' }, 1_000);
    expect(result).toEqual({
      output: 'the arguments are not valid JSON',
      error: { code: 'invalid_request', message: 'the arguments are not valid JSON' },
      durationMs: expect.any(Number) as number,
    });
  });

  it('are refused to a caller that has used up their time, and to no other', async () => {
    const bus = busWithTools({ LIMIT_SCRAPE_TIME: '1ms' });
    const call = { ...request, name: 'scrape', arguments: '{}' };
    expect(await bus.call(toolsCall, call, 1_000)).toMatchObject({ output: 'a page', error: null });
    expect(await bus.call(toolsCall, call, 1_000)).toMatchObject({
      output: expect.stringContaining('scraping an hour') as string,
      error: { code: 'rate_limited' },
    });
    expect(await bus.call(toolsCall, request, 1_000)).toMatchObject({ output: 'hi' });
    const other = { ...call, caller: { ...testUser, userId: 'user_2' } };
    expect(await bus.call(toolsCall, other, 1_000)).toMatchObject({ output: 'a page' });
  });

  it('are counted by tool and outcome, unknown names as one', async () => {
    const bus = busWithTools();
    await bus.call(toolsCall, request, 1_000);
    await bus.call(toolsCall, { ...request, name: 'made-up-by-a-model' }, 1_000);
    const text = await metrics.getSingleMetricAsString('tool_call_seconds');
    expect(text).toContain('tool="echo",outcome="ok"');
    expect(text).toContain('tool="unknown",outcome="not_found"');
    expect(text).not.toContain('made-up');
  });
});
