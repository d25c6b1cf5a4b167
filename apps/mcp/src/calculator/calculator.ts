import { extname } from 'node:path';
import { WorkTime } from '@antiphon/async';
import { AppError } from '@antiphon/contracts';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { MCP_CONFIG } from '../config.ts';
import type { Evaluation, Sum } from './evaluate.ts';

export interface CalculatorOptions {
  /** Characters of an expression. */
  charactersMax: number;
  /** For one calculation, from its start. */
  timeMs: number;
  threadsMax: number;
}

export interface Calculation {
  result: string;
  isRounded: boolean;
}

const idleMs = 30_000;
/** mathjs itself takes a third of it. */
const threadMemoryMb = 96;

/**
 * Calculates in threads, because nothing within a thread can end an endless calculation: one that takes too long or too much memory ends with
 * its thread. Idle threads end.
 */
@Injectable()
export class Calculator implements OnModuleDestroy {
  private readonly options: CalculatorOptions;
  private readonly threads: Piscina<Sum, Evaluation>;

  constructor(@Inject(MCP_CONFIG) { calculate: options }: { calculate: CalculatorOptions }) {
    this.options = options;
    this.threads = new Piscina({
      // A file beside this one with the same extension: JavaScript when built, TypeScript in tests.
      filename: new URL(`./evaluate${extname(import.meta.url)}`, import.meta.url).href,
      name: 'evaluate',
      minThreads: 0,
      maxThreads: options.threadsMax,
      idleTimeout: idleMs,
      resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb },
      env: {},
      execArgv: [],
    });
  }

  /** Throws `invalid_request` with a message for the author of the expression, `cancelled` when the signal aborts. */
  async calculate(expression: string, signal: AbortSignal): Promise<Calculation> {
    const { charactersMax } = this.options;
    if (expression.length > charactersMax) {
      throw refused(
        `the expression has ${expression.length} characters, at most ${charactersMax} are calculated`,
      );
    }
    const evaluation = await this.evaluate(expression, signal);
    if ('refusal' in evaluation) throw refused(evaluation.refusal);
    return evaluation;
  }

  private async evaluate(expression: string, signal: AbortSignal): Promise<Evaluation> {
    const time = new WorkTime(this.options.timeMs);
    // Loading mathjs may take longer than any calculation, so the thread reports when the calculation starts.
    const { port1: begins, port2: begun } = new MessageChannel();
    begins.once('message', () => time.start());
    try {
      return await this.threads.run(
        { expression, begun },
        { transferList: [begun], signal: AbortSignal.any([signal, time.signal]) },
      );
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the calculation was cancelled', { cause });
      if (time.signal.aborted || isOutOfMemory(cause)) {
        throw refused('the expression takes too long to calculate', cause);
      }
      throw cause;
    } finally {
      time.end();
      begins.close();
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.threads.destroy();
  }
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError('invalid_request', message, { param: 'expression', cause });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
