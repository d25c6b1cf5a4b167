import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ToolPolicy } from './tool-policy.ts';
import { parseToolsFile } from './tools-file.ts';
import { testUser } from '../testing/call.ts';
import { openPolicy } from '../testing/policy.ts';
import { noHostedTools } from '../testing/hosted-tools.ts';
import { noOutsideTools } from '../testing/outside-tools.ts';
import { defineTool, type RegisteredTool, readOnly, type ToolContext } from './tool.ts';
import { type ToolCall, ToolRegistry } from './tool-registry.ts';

const never = new AbortController().signal;
const limits = { outputBytesMax: 1000, concurrencyMax: 2, waitingMax: 1 };

function tool(
  name: string,
  run: (args: { text: string; times: number }, context: ToolContext, signal: AbortSignal) => Promise<string>,
) {
  return defineTool({
    name,
    description: `The ${name} tool.`,
    parameters: z.object({
      text: z.string().describe('What to say.'),
      times: z.int().min(1).default(1),
      by: z.record(z.string(), z.unknown()).optional(),
    }),
    annotations: readOnly,
    timeoutMs: 5_000,
    run,
  });
}

const echo = tool('echo', async ({ text, times }) => text.repeat(times));

function call(over: Partial<ToolCall> = {}): ToolCall {
  return {
    caller: testUser,
    name: 'echo',
    arguments: '{"text":"hi"}',
    idempotencyKey: 'resp_1:0:0',
    timeoutMs: 5_000,
    ...over,
  };
}

function registry(...tools: RegisteredTool[]) {
  return new ToolRegistry([echo, ...tools], openPolicy, { tools: limits }, noOutsideTools, noHostedTools);
}

/** A tool that runs until the test releases it and ignores its signal. */
function stuck() {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const waiting = tool('stuck', async () => {
    await gate;
    return 'free';
  });
  return { waiting, letGo: () => letGo() };
}

describe('the tools offered', () => {
  const tools = registry(tool('shout', async ({ text }) => text.toUpperCase()));

  it('are all of them or those selected', async () => {
    expect((await tools.list(testUser, 'all')).map(({ name }) => name)).toEqual(['echo', 'shout']);
    expect((await tools.list(testUser, ['shout', 'nothing'])).map(({ name }) => name)).toEqual(['shout']);
    expect(await tools.list(testUser, [])).toEqual([]);
  });

  it('have their parameters as plain JSON Schema', async () => {
    expect((await tools.list(testUser, ['echo']))[0]).toEqual({
      executor: 'server',
      name: 'echo',
      description: 'The echo tool.',
      parameters: {
        type: 'object',
        properties: {
          text: { type: 'string', description: 'What to say.' },
          times: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 1 },
          by: { type: 'object', additionalProperties: {} },
        },
        required: ['text'],
      },
      annotations: { readOnly: true, idempotent: true, destructive: false },
      approval: 'unsafe',
      timeoutMs: 5_000,
    });
  });
});

describe('a call', () => {
  it('returns the output', async () => {
    const result = await registry().call(
      call({ arguments: '{"text":"ha","times":3,"unasked":true}' }),
      never,
    );
    expect(result).toMatchObject({ output: 'hahaha', error: null });
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('lists the tools in the error for an unknown name', async () => {
    const result = await registry().call(call({ name: 'eco' }), never);
    expect(result).toMatchObject({
      output: 'no tool named eco; the tools are echo',
      error: { code: 'not_found' },
    });
  });

  it.each([
    ['{"text":', 'the arguments are not valid JSON'],
    ['', 'the arguments do not fit: text is required'],
    ['{"text":1}', 'the arguments do not fit: text must be a string, got 1'],
    ['[]', 'the arguments do not fit: the value must be a JSON object, got an array'],
    ['null', 'the arguments do not fit: the value must be a JSON object, got null'],
    ['{"times":0}', 'the arguments do not fit: text is required; times must be at least 1, got 0'],
  ])('with the arguments %j reports their faults', async (args, message) => {
    const result = await registry().call(call({ arguments: args }), never);
    expect(result).toMatchObject({ output: message, error: { code: 'invalid_request', message } });
  });

  it('ends at its timeout, even if the tool continues', async () => {
    const { waiting, letGo } = stuck();
    const result = await registry(waiting).call(call({ name: 'stuck', timeoutMs: 50 }), never);
    letGo();
    expect(result).toMatchObject({
      output: 'the tool did not answer within 0.05 s',
      error: { code: 'tool_timeout', message: 'the tool did not answer within 0.05 s' },
    });
  });

  it('has no more time than its tool has', async () => {
    const endless = defineTool({
      name: 'endless',
      description: '',
      parameters: z.object({}),
      annotations: readOnly,
      timeoutMs: 30,
      run: (_args, _context, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    });
    const result = await registry(endless).call(call({ name: 'endless', arguments: '{}' }), never);
    expect(result.error?.message).toBe('the tool did not answer within 0.03 s');
  });

  it('shows the AppErrors of a tool, and hides other errors', async () => {
    const worded = tool('worded', async () => {
      throw new AppError('unavailable', 'the page answered with status 500', { cause: new Error('secret') });
    });
    const broken = tool('broken', async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.5:5432');
    });
    const tools = registry(worded, broken);
    const failed = await tools.call(call({ name: 'worded' }), never);
    expect(failed).toMatchObject({
      output: 'the page answered with status 500',
      error: { code: 'unavailable' },
    });
    const hidden = await tools.call(call({ name: 'broken' }), never);
    expect(hidden).toMatchObject({
      output: 'the tool failed',
      error: { code: 'internal', message: 'the tool failed' },
    });
    expect(String(hidden.cause)).toContain('ECONNREFUSED');
  });

  it('bounds and cleans the output', async () => {
    const result = await registry().call(call({ arguments: '{"text":"\\u0000\\ud800","times":900}' }), never);
    expect(Buffer.byteLength(result.output)).toBeLessThanOrEqual(limits.outputBytesMax);
    expect(result.output).toMatch(/^\ufffd+\n\[The output was cut/);
  });

  it('passes the caller and the idempotency key to the tool', async () => {
    const reporting = tool(
      'reporting',
      async (_args, { caller, idempotencyKey }) => `${caller.userId} ${idempotencyKey}`,
    );
    expect((await registry(reporting).call(call({ name: 'reporting' }), never)).output).toBe(
      'user_1 resp_1:0:0',
    );
  });

  it('ends when its caller aborts', async () => {
    const aborter = new AbortController();
    const { waiting, letGo } = stuck();
    const outcome = registry(waiting).call(call({ name: 'stuck' }), aborter.signal);
    aborter.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
    letGo();
  });
});

describe('many calls', () => {
  it('run at the same time, wait, and are refused', async () => {
    const { waiting, letGo } = stuck();
    const tools = registry(waiting);
    const running = [1, 2].map(() => tools.call(call({ name: 'stuck' }), never));
    const queued = tools.call(call(), never);
    await expect(tools.call(call(), never)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 1000,
    });
    letGo();
    expect((await Promise.all([...running, queued])).map(({ output }) => output)).toEqual([
      'free',
      'free',
      'hi',
    ]);
    expect((await tools.call(call(), never)).output).toBe('hi');
  });

  it('do not start after their timeout', async () => {
    let started = 0;
    const { waiting, letGo } = stuck();
    const counted = tool('counted', async () => String(++started));
    const tools = registry(waiting, counted);
    const running = [1, 2].map(() => tools.call(call({ name: 'stuck' }), never));
    const late = await tools.call(call({ name: 'counted', timeoutMs: 20 }), never);
    letGo();
    await Promise.all(running);
    await tools.call(call(), never);
    expect([late.error?.code, started]).toEqual(['tool_timeout', 0]);
  });
});

describe('under a policy', () => {
  const shout = tool('shout', async ({ text }) => text.toUpperCase());

  function ruled(file: string, ...tools: RegisteredTool[]) {
    const policy = new ToolPolicy({ file: parseToolsFile(file, 'tools.yml'), unsafe: false });
    return new ToolRegistry(
      [echo, shout, ...tools],
      policy,
      { tools: limits },
      noOutsideTools,
      noHostedTools,
    );
  }

  it('a tool that is switched off is unknown', async () => {
    const tools = ruled('tools: { shout: { enabled: false } }');
    expect((await tools.list(testUser, 'all')).map(({ name }) => name)).toEqual(['echo']);
    expect(await tools.list(testUser, ['shout'])).toEqual([]);
    expect(await tools.call(call({ name: 'shout' }), never)).toMatchObject({
      output: 'no tool named shout; the tools are echo',
      error: { code: 'not_found' },
    });
  });

  it('each caller has its own tools', async () => {
    const tools = ruled('callers: [{ user: user_1, tools: [echo] }]');
    const other = { ...testUser, userId: 'user_2' };
    expect((await tools.list(testUser, 'all')).map(({ name }) => name)).toEqual(['echo']);
    expect((await tools.list(other, 'all')).map(({ name }) => name)).toEqual(['echo', 'shout']);
    const refused = await tools.call(call({ name: 'shout' }), never);
    expect(refused.output).toBe('no tool named shout; the tools are echo');
    expect((await tools.call(call({ name: 'shout', caller: other }), never)).output).toBe('HI');
  });

  it('a tool has the timeout of its settings', async () => {
    const { waiting, letGo } = stuck();
    const result = await ruled('tools: { stuck: { timeout: 20ms } }', waiting).call(
      call({ name: 'stuck' }),
      never,
    );
    letGo();
    expect(result.output).toBe('the tool did not answer within 0.02 s');
  });

  it('a tool with its own limit does not delay other tools', async () => {
    const { waiting, letGo } = stuck();
    const tools = ruled('tools: { stuck: { concurrency: 1 } }', waiting);
    const stuckCalls = [1, 2].map(() => tools.call(call({ name: 'stuck' }), never));
    await expect(tools.call(call({ name: 'stuck' }), never)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await tools.call(call(), never)).output).toBe('hi');
    letGo();
    expect((await Promise.all(stuckCalls)).map(({ output }) => output)).toEqual(['free', 'free']);
  });
});
