import { createHash } from 'node:crypto';
import { AppError, parsedJson } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import type { OnModuleDestroy } from '@nestjs/common';
import { z } from 'zod';
import type { DataLimits } from './data/data-files.ts';
import { bodyWithFiles, changedFields, keepAnswered, wireBytesMax } from './data/data-wire.ts';
import { type PythonAnswer, type PythonCall, type PythonRunner, sessionKey } from './python-runner.ts';

export interface RemotePythonOptions {
  url: string;
  timeoutMs: number;
  /** For starting a container, in addition to the time of the code. */
  startTimeoutMs: number;
  outputBytesMax: number;
  data: DataLimits;
}

const Answer = z.object({
  stdout: z.string().default(''),
  stderr: z.string().default(''),
  result: z.string().nullish(),
  error: z.string().nullish(),
  duration_ms: z.number().nonnegative(),
  ...changedFields,
});

/** JSON writes one byte as six at most. */
const textFactor = 6;

/**
 * Python in containers of the operator. `POST {code, session_id, timeout_ms, memory_mb, files}` is answered with 200 and
 * `{stdout, stderr, result, error, duration_ms, files, removed}`, where `error` is the traceback of code that failed. Status 408 means that the
 * code took too long, 413 that it took too much memory or output, 429 and 503 that the runner has no room. `session_id` is null, or a name that
 * only this caller's session has. `files` is null, or all files of `/mnt/data` in base64; those of the answer are the new and changed ones.
 */
export class RemotePython implements PythonRunner, OnModuleDestroy {
  private readonly options: RemotePythonOptions;
  private readonly egress: Egress;

  /** `egress` must allow the URL, which the operator chose. */
  constructor(options: RemotePythonOptions, egress: Egress) {
    this.options = options;
    this.egress = egress;
  }

  async run(call: PythonCall, signal: AbortSignal): Promise<PythonAnswer> {
    const { url, timeoutMs, startTimeoutMs, outputBytesMax, data: limits } = this.options;
    const { data } = call;
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: await this.bodyOf(call),
      redirectsMax: 0,
      decodedBytesMax: 4 * textFactor * outputBytesMax + (data ? wireBytesMax(limits) : 0),
      timeoutMs: timeoutMs + startTimeoutMs,
    };
    const { status, body } = await this.egress.fetch(url, request, signal);
    if (status !== 200) throw this.failure(status);
    const answer = Answer.safeParse(parsedJson(body.toString('utf8')));
    if (!answer.success)
      throw new AppError('unavailable', 'the Python runner gave no answer', { cause: answer.error });
    const { stdout, stderr, result = null, error = null, duration_ms: durationMs } = answer.data;
    const changes = data && (await keepAnswered(answer.data, data, limits));
    return { stdout, stderr, result, error, durationMs, isFresh: null, changes };
  }

  async onModuleDestroy(): Promise<void> {
    await this.egress.close();
  }

  private bodyOf({ caller, code, sessionId, memoryMb, data }: PythonCall): Promise<Buffer> {
    const fields = {
      code,
      session_id: sessionId === null ? null : hash(sessionKey(caller, sessionId)),
      timeout_ms: this.options.timeoutMs,
      memory_mb: memoryMb,
    };
    return bodyWithFiles(fields, data);
  }

  private failure(status: number): AppError {
    if (status === 408) {
      return new AppError(
        'tool_timeout',
        `the code did not end within ${this.options.timeoutMs / 1000} s and was stopped`,
      );
    }
    if (status === 413)
      return new AppError('invalid_request', 'the code took too much memory or output and was stopped');
    return new AppError('unavailable', 'the Python runner has no place for this right now', {
      cause: new Error(`the runner answered with status ${status}`),
    });
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
