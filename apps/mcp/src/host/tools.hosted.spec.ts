import {
  AppError,
  type CallDetail,
  type HostedCallChunk,
  type HostedTool,
  toolsCallHosted,
  toolsListHosted,
} from '@antiphon/contracts';
import { createLogger } from '@antiphon/service-kit';
import { MemoryBus, serve, testCallerLimits } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HostedTools } from '../hosted/hosted-tools.ts';
import { testUser } from '../testing/call.ts';
import { noOutsideTools } from '../testing/outside-tools.ts';
import { defineTool, readOnly } from './tool.ts';
import { ToolPolicy } from './tool-policy.ts';
import { ToolRegistry } from './tool-registry.ts';
import { ToolRunner } from './tool-runner.ts';
import { ToolsHandler } from './tools.handler.ts';
import type { ToolsFile } from './tools-file.ts';

const detailOf = (...queries: string[]): CallDetail => ({
  kind: 'web_search',
  action: { type: 'search', queries, results: [] },
});
const hosted: HostedTool = {
  kind: 'web_search',
  options: { allowedDomains: [], blockedDomains: [], location: null, contextSize: 'low', opensPages: true },
  declared: { type: 'web_search' },
};

/** Reports two details and returns a third; fails for the text `fail`. */
const search = defineTool({
  name: 'web_search',
  description: 'Searches.',
  parameters: z.object({ text: z.string() }),
  annotations: readOnly,
  timeoutMs: 1_000,
  run: async ({ text }, { onDetail }) => {
    onDetail?.(detailOf('one'));
    await Promise.resolve();
    onDetail?.(detailOf('two'));
    if (text === 'fail') throw new AppError('unavailable', 'no engine answered');
    return { text, detail: detailOf('three'), sources: [] };
  },
});

function busWith(tools: ToolsFile['tools'] = {}) {
  const bus = new MemoryBus();
  const runners = new HostedTools([{ kind: 'web_search', names: ['web_search'], functions: () => [search] }]);
  const registry = new ToolRegistry(
    [],
    new ToolPolicy({ file: { tools, callers: [] }, unsafe: true }),
    { tools: { outputBytesMax: 1000, concurrencyMax: 2, waitingMax: 2 } },
    noOutsideTools,
    runners,
  );
  serve(bus, new ToolsHandler(new ToolRunner(registry, createLogger('mcp', 'silent'), testCallerLimits({}))));
  return bus;
}

async function chunksOf(bus: MemoryBus, text: string): Promise<HostedCallChunk[]> {
  const request = {
    caller: testUser,
    name: 'web_search',
    arguments: JSON.stringify({ text }),
    idempotencyKey: 'k',
    timeoutMs: 1_000,
    hosted,
  };
  const chunks: HostedCallChunk[] = [];
  for await (const chunk of bus.stream(toolsCallHosted, request, new AbortController().signal))
    chunks.push(chunk);
  return chunks;
}

describe('hosted tools over the bus', () => {
  it('are listed as the policy allows', async () => {
    const list = (bus: MemoryBus) => bus.call(toolsListHosted, { caller: testUser, hosted: [hosted] }, 1_000);
    expect(await list(busWith())).toEqual({ functions: [{ kind: 'web_search', tool: search.offer }] });
    expect(await list(busWith({ web_search: { enabled: false } }))).toEqual({ functions: [] });
  });

  it('send what they report, then the result', async () => {
    expect(await chunksOf(busWith(), 'x')).toMatchObject([
      { progress: detailOf('one') },
      { progress: detailOf('two') },
      { result: { output: 'x', detail: detailOf('three'), sources: [], error: null } },
    ]);
  });

  it('fail as a result, and are unknown where the policy refuses them', async () => {
    const failed = await chunksOf(busWith(), 'fail');
    expect(failed.at(-1)).toMatchObject({ result: { error: { code: 'unavailable' } } });
    const refused = await chunksOf(busWith({ web_search: { enabled: false } }), 'x');
    expect(refused).toMatchObject([{ result: { error: { code: 'not_found' } } }]);
  });
});
