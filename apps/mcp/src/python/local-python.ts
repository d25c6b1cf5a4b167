import { untilAborted } from '@antiphon/async';
import { AppError } from '@antiphon/contracts';
import type { OnModuleDestroy } from '@nestjs/common';
import pLimit, { type LimitFunction } from 'p-limit';
import { pythonCommand } from './python-command.ts';
import type { PythonImage, PythonImageSource } from './python-image.ts';
import { type ProcessLimits, PythonProcess } from './process/python-process.ts';
import type { PythonAnswer, PythonCall, PythonRunner } from './python-runner.ts';
import { PythonSessions, type SessionLimits } from './python-sessions.ts';

export interface LocalPythonOptions extends ProcessLimits, SessionLimits {
  /** Calls that run at the same time; others wait. */
  concurrencyMax: number;
  /** Started processes that wait for the next call, from the first call on. */
  warm: number;
}

/**
 * Python in processes of this machine: a fresh one for each call, or one for each session. Nothing runs before the first call: a warm
 * interpreter takes 150 MB, and many installations never use one.
 */
export class LocalPython implements PythonRunner, OnModuleDestroy {
  private readonly options: LocalPythonOptions;
  private readonly images: PythonImageSource;
  private readonly slots: LimitFunction;
  private readonly sessions: PythonSessions;
  private readonly closing = new AbortController();
  private readonly warm = new Set<PythonProcess>();
  private readonly busy = new Set<PythonProcess>();

  constructor(options: LocalPythonOptions, images: PythonImageSource) {
    this.options = options;
    this.images = images;
    this.slots = pLimit(options.concurrencyMax);
    this.sessions = new PythonSessions(options, (memoryMb, signal) => this.takeProcess(memoryMb, signal));
  }

  async run(call: PythonCall, signal: AbortSignal): Promise<PythonAnswer> {
    const { sessionId } = call;
    try {
      if (sessionId === null) return await this.runAfresh(call, signal);
      const runIn = (process: PythonProcess) => this.slots(() => this.runIn(process, call, signal));
      return await this.sessions.run({ ...call, sessionId }, runIn, signal);
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the tool call was cancelled', { cause });
      throw cause;
    }
  }

  onModuleDestroy(): void {
    this.closing.abort();
    this.sessions.close();
    for (const process of [...this.warm, ...this.busy]) process.end();
  }

  private async runAfresh(call: PythonCall, signal: AbortSignal): Promise<PythonAnswer> {
    return this.slots(async () => {
      signal.throwIfAborted();
      const process = await this.takeProcess(call.memoryMb, signal);
      try {
        return await this.runIn(process, call, signal);
      } finally {
        process.end();
      }
    });
  }

  private async runIn(
    process: PythonProcess,
    { code, data }: PythonCall,
    signal: AbortSignal,
  ): Promise<PythonAnswer> {
    this.busy.add(process);
    try {
      return await process.run(code, data, signal);
    } finally {
      this.busy.delete(process);
    }
  }

  /** Takes a waiting process or starts one, then starts a replacement. Those that wait have the memory of all interpreters. */
  private async takeProcess(memoryMb: number | null, signal: AbortSignal): Promise<PythonProcess> {
    const image = await untilAborted(this.images.get(), AbortSignal.any([signal, this.closing.signal]));
    if (memoryMb !== null && memoryMb < this.options.memoryMb) return this.start(image, memoryMb);
    const ready = [...this.warm].find((process) => process.isAlive);
    for (const process of this.warm) {
      if (process === ready || !process.isAlive) this.warm.delete(process);
    }
    const process = ready ?? this.start(image);
    this.fillUp(image);
    return process;
  }

  private fillUp(image: PythonImage): void {
    while (this.warm.size < this.options.warm && !this.closing.signal.aborted)
      this.warm.add(this.start(image));
  }

  private start({ launcher, files }: PythonImage, memoryMb = this.options.memoryMb): PythonProcess {
    return new PythonProcess(pythonCommand(files, memoryMb, launcher), { ...this.options, memoryMb });
  }
}
