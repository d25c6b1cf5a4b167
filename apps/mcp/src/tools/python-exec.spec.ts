import { AppError } from '@antiphon/contracts';
import { createLogger } from '@antiphon/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { createPython, type PythonOptions } from '../python/create-python.ts';
import type { PythonAnswer, PythonCall, PythonRunner } from '../python/python-runner.ts';
import { RemotePython } from '../python/remote-python.ts';
import { callTool, failTool, testUser } from '../testing/call.ts';
import { type Answer, egressTo, type FakeWeb, give, startWeb } from '../testing/fake-web.ts';
import { createPythonExec } from './python-exec.ts';

const dataLimits = { fileBytesMax: 1_024, bytesMax: 2_048, filesMax: 3 };
const options = { toolTimeoutMs: 20_000, outputBytesMax: 4_096 };

/** A runner with one answer that records its calls. */
function answering(answer: Partial<PythonAnswer>): PythonRunner & { calls: PythonCall[] } {
  const calls: PythonCall[] = [];
  return {
    calls,
    run: async (call) => {
      calls.push(call);
      return {
        stdout: '',
        stderr: '',
        result: null,
        error: null,
        durationMs: 3,
        isFresh: null,
        changes: null,
        ...answer,
      };
    },
  };
}

describe('python_exec', () => {
  it('returns output, result and duration', async () => {
    const python = answering({ stdout: 'hi\n', result: '2' });
    const output = await callTool(createPythonExec(options, python), {
      code: 'print("hi")\n1 + 1',
      session_id: 'a',
    });
    expect(output).toEqual({ result: '2', stdout: 'hi\n', stderr: '', duration_ms: 3 });
    expect(python.calls).toMatchObject([{ caller: testUser, code: 'print("hi")\n1 + 1', sessionId: 'a' }]);
  });

  it('fails with the traceback and the output before it', async () => {
    const error = 'Traceback (most recent call last):\n  File "<code>", line 2, in <module>\nValueError: no';
    const failure = await failTool(createPythonExec(options, answering({ error, stdout: 'so far\n' })), {
      code: 'x',
    });
    expect(failure.code).toBe('invalid_request');
    expect(failure.message).toBe(`the code failed\n${error}\nPrinted before that:\nso far\n`);
  });

  it('returns valid JSON for long output', async () => {
    const python = answering({ stdout: '\u0001'.repeat(100_000), result: 'x'.repeat(100_000) });
    const output = await callTool(createPythonExec(options, python), { code: 'x' });
    expect(JSON.stringify(output).length).toBeLessThan(3 * 4_096 + 200);
  });

  it.each([[{}], [{ code: '' }], [{ code: '1', session_id: 'a/b' }], [{ code: 'x'.repeat(100_001) }]])(
    'refuses %j',
    async (args) => {
      const python = answering({});
      expect((await failTool(createPythonExec(options, python), args)).code).toBe('invalid_request');
      expect(python.calls).toEqual([]);
    },
  );

  it('is absent unless it is switched on', () => {
    const off: PythonOptions = {
      ...{
        isEnabled: false,
        runnerUrl: 'http://127.0.0.1:1/',
        timeoutMs: 1,
        startTimeoutMs: 1,
        memoryMb: 64,
      },
      ...{ outputBytesMax: 1, concurrencyMax: 1, sessionsMax: 1, sessionsPerCallerMax: 1, sessionIdleMs: 1 },
      ...{ warm: 1, confinement: 'preferred', data: { fileBytesMax: 1, bytesMax: 1, filesMax: 1 } },
    };
    const egress = { allowedHosts: [], allowedPorts: [], connectTimeoutMs: 1, connectionsPerHostMax: 1 };
    expect(createPython(off, egress, createLogger('mcp', 'silent'))).toBeNull();
    expect(createPython({ ...off, isEnabled: true }, egress, createLogger('mcp', 'silent'))).toBeInstanceOf(
      RemotePython,
    );
  });
});

describe('a runner of the operator', () => {
  let web: FakeWeb | undefined;

  afterEach(async () => web?.close());

  async function remote(answer: Answer, over: { timeoutMs?: number; startTimeoutMs?: number } = {}) {
    web = await startWeb({ '/run': answer });
    const limits = {
      timeoutMs: 1_000,
      startTimeoutMs: 1_000,
      outputBytesMax: 1_024,
      data: dataLimits,
      ...over,
    };
    return new RemotePython({ url: `${web.url}/run`, ...limits }, egressTo(new URL(web.url).host));
  }

  function run(python: RemotePython, call: Partial<PythonCall> = {}): Promise<PythonAnswer> {
    const whole = {
      ...{
        caller: testUser,
        code: '1 + 1',
        sessionId: null,
        idempotencyKey: 'k',
        memoryMb: null,
        data: null,
      },
      ...call,
    };
    return python.run(whole, new AbortController().signal);
  }

  it('gets the code and returns the answer', async () => {
    const body = { stdout: 'out', stderr: '', result: '2', error: null, duration_ms: 12.5 };
    const answer = await run(await remote(give('application/json', JSON.stringify(body))));
    expect(answer).toMatchObject({ stdout: 'out', stderr: '', result: '2', error: null, durationMs: 12.5 });
    expect(web?.requests).toMatchObject([{ method: 'POST', url: '/run' }]);
    expect(JSON.parse(web?.requests[0]?.body ?? '')).toEqual({
      code: '1 + 1',
      session_id: null,
      timeout_ms: 1_000,
      memory_mb: null,
      files: null,
    });
  });

  it('cannot mix up the sessions of two callers', async () => {
    const python = await remote(give('application/json', '{"duration_ms":1}'));
    const other = { ...testUser, userId: 'user_2' };
    for (const caller of [testUser, other, testUser]) await run(python, { caller, sessionId: 'a' });
    const ids =
      web?.requests.map(({ body }) => (JSON.parse(body) as { session_id: string }).session_id) ?? [];
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]).not.toBe(ids[1]);
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Answer, Partial<AppError>]>([
    ['is late', give('text/plain', '', 408), { code: 'tool_timeout' }],
    ['stops code that takes too much', give('text/plain', '', 413), { code: 'invalid_request' }],
    ['is busy', give('text/plain', 'internal address 10.0.0.1', 503), { code: 'unavailable' }],
    [
      'moved',
      (_request, reply) => void reply.writeHead(302, { location: '/run' }).end(),
      { code: 'unavailable' },
    ],
    ['talks nonsense', give('application/json', '[]'), { code: 'unavailable' }],
    ['talks without end', give('application/json', 'x'.repeat(100_000)), { code: 'payload_too_large' }],
    ['is silent', () => undefined, { code: 'unavailable' }],
  ])('fails when the runner %s', async (name, answer, expected) => {
    const isSilent = name === 'is silent';
    const python = await remote(
      answer,
      isSilent ? { timeoutMs: 200, startTimeoutMs: 100 } : { startTimeoutMs: 20_000 },
    );
    const error: unknown = await run(python).catch((reason: unknown) => reason);
    expect(error).toMatchObject(expected);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).message).not.toContain('10.0.0.1');
  });
});
