import { createHash } from 'node:crypto';
import { AppError, parsedJson } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import type { OnModuleDestroy } from '@nestjs/common';
import { z } from 'zod';
import type { DataLimits } from '../python/data/data-files.ts';
import { bodyWithFiles, changedFields, keepAnswered, wireBytesMax } from '../python/data/data-wire.ts';
import type { Shell, ShellAnswer, ShellCall } from './shell.ts';

export interface RemoteShellOptions {
  url: string;
  /** For the commands of one call together. */
  timeoutMs: number;
  /** For starting a container, in addition to the time of the commands. */
  startTimeoutMs: number;
  data: DataLimits;
}

const Answer = z.object({
  output: z.array(
    z.object({
      stdout: z.string(),
      stderr: z.string(),
      outcome: z.discriminatedUnion('type', [
        z.object({ type: z.literal('timeout') }),
        z.object({ type: z.literal('exit'), exit_code: z.int() }),
      ]),
    }),
  ),
  ...changedFields,
});

/** JSON writes one byte as six at most. */
const textFactor = 6;
/** For the fields beside texts and files. */
const frameBytes = 65_536;

/** A shell in containers of the operator; `README.md` in this folder has the protocol. */
export class RemoteShell implements Shell, OnModuleDestroy {
  /** `egress` must allow the URL, which the operator chose. */
  constructor(
    private readonly options: RemoteShellOptions,
    private readonly egress: Egress,
  ) {}

  async run(call: ShellCall, signal: AbortSignal): Promise<ShellAnswer> {
    const { url, startTimeoutMs, data: limits } = this.options;
    const timeoutMs = Math.min(call.timeoutMs ?? this.options.timeoutMs, this.options.timeoutMs);
    const fields = {
      commands: call.commands,
      session_id: sessionOf(call),
      timeout_ms: timeoutMs,
      output_bytes_max: call.outputBytesMax,
      files_bytes_max: limits.bytesMax,
      memory_mb: call.memoryMb,
    };
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: await bodyWithFiles(fields, call.data),
      redirectsMax: 0,
      decodedBytesMax:
        2 * textFactor * call.outputBytesMax * call.commands.length + wireBytesMax(limits) + frameBytes,
      timeoutMs: timeoutMs + startTimeoutMs,
    };
    const { status, body } = await this.egress.fetch(url, request, signal);
    if (status !== 200) throw failureOf(status);
    const answer = Answer.safeParse(parsedJson(body.toString('utf8')));
    if (!answer.success || answer.data.output.length !== call.commands.length)
      throw new AppError('unavailable', 'the shell runner gave no answer', { cause: answer.error });
    const changes = await keepAnswered(answer.data, call.data, limits);
    return { output: answer.data.output, changes };
  }

  async onModuleDestroy(): Promise<void> {
    await this.egress.close();
  }
}

/** The same for all calls in a container; it holds the caller, so that no other caller reaches it. */
function sessionOf({ caller: { tenantId, userId }, containerId }: ShellCall): string {
  return createHash('sha256')
    .update(JSON.stringify([tenantId, userId, containerId]))
    .digest('hex');
}

function failureOf(status: number): AppError {
  if (status === 413)
    return new AppError('invalid_request', 'the commands took too much memory or wrote too large files');
  return new AppError('unavailable', 'the shell runner has no place for this right now', {
    cause: new Error(`the runner answered with status ${status}`),
  });
}
