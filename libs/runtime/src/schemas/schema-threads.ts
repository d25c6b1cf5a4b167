import { WorkTime } from '@antiphon/async';
import { AppError, type Caller, type JsonValue } from '@antiphon/contracts';
import {
  compileUses,
  findFault,
  hasAtMost,
  isCheapToCheck,
  isCheapToCompile,
  type SchemaChecker,
  type SchemaFault,
  type SchemaOutcome,
  type SchemaTask,
  type SchemaUse,
  schemaWorkUrl,
  textOfUses,
} from '@antiphon/engine';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { CallerQueues } from './caller-queues.ts';

/** Nest's token for the `SchemaChecker`. */
export const SCHEMA_CHECKER = Symbol('schema checker');

/** Nest's token for the limits of schema checks. */
export const SCHEMA_THREADS_LIMITS = Symbol('schema threads limits');

export interface SchemaThreadsLimits {
  /** For one check from its start in a thread, with the compilation of its schemas. */
  timeMs: number;
  threadsMax: number;
  threadMemoryMb: number;
  /** How many checks of all callers wait for a thread. */
  waitingMax: number;
  /** How many checks of one caller wait for its check in progress. */
  waitingPerCallerMax: number;
  /** How many values the checked value may contain: more could fill a thread's memory within the time. */
  valuesMax: number;
}

export const schemaThreadsLimits: SchemaThreadsLimits = {
  timeMs: 1_000,
  threadsMax: 2,
  threadMemoryMb: 96,
  waitingMax: 64,
  waitingPerCallerMax: 16,
  valuesMax: 200_000,
};

const idleMs = 30_000;
const retryAfterMs = 1_000;

/**
 * Runs callers' schemas in threads, which exist while they are needed. Only a thread can be stopped in the middle of a regular expression or a
 * generated check. Checks that are cheap by their size run in place and never wait for expensive ones. One caller has one check in the
 * threads at a time.
 */
@Injectable()
export class SchemaThreads implements SchemaChecker, OnModuleDestroy {
  private readonly threads: Piscina<SchemaTask, SchemaOutcome>;
  private readonly queues: CallerQueues;

  constructor(
    @Inject(SCHEMA_THREADS_LIMITS) private readonly limits: SchemaThreadsLimits = schemaThreadsLimits,
  ) {
    this.queues = new CallerQueues(limits.waitingPerCallerMax);
    this.threads = new Piscina({
      filename: schemaWorkUrl,
      name: 'runSchemas',
      minThreads: 0,
      maxThreads: limits.threadsMax,
      maxQueue: limits.waitingMax,
      idleTimeout: idleMs,
      resourceLimits: { maxOldGenerationSizeMb: limits.threadMemoryMb },
      env: {},
      // In tests the thread runs TypeScript, and imports the sources of the other libraries.
      execArgv: schemaWorkUrl.endsWith('.ts') ? ['--conditions=antiphon-source'] : [],
    });
  }

  async assertUsable(caller: Caller, uses: readonly SchemaUse[], signal: AbortSignal): Promise<void> {
    if (isCheapToCompile(textOfUses(uses))) {
      compileUses(uses);
      return;
    }
    const outcome = await this.run(caller, { uses, value: null }, signal);
    if (outcome !== 'too expensive') return;
    const [{ name } = { name: 'schema' }] = uses;
    throw new AppError('invalid_request', `${name} takes longer than ${this.limits.timeMs} ms to compile`, {
      param: name,
    });
  }

  async findFault(
    caller: Caller,
    uses: readonly SchemaUse[],
    value: JsonValue,
    signal: AbortSignal,
  ): Promise<SchemaFault | null> {
    const { valuesMax, timeMs } = this.limits;
    if (!hasAtMost(value, valuesMax))
      return tooComplex(`holds more than ${valuesMax} values, which is too much to check against a schema`);
    const text = textOfValue(value);
    if (text === null) return tooComplex('is nested too deeply to be checked');
    if (isCheapToCheck(textOfUses(uses), text)) return findFault(uses, value);
    const outcome = await this.run(caller, { uses, value: text }, signal);
    if (outcome !== 'too expensive') return outcome;
    return tooComplex(
      `takes longer than ${timeMs} ms to check: simplify the schema and its patterns, or shorten the value`,
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.threads.destroy();
  }

  private async run(
    caller: Caller,
    task: Omit<SchemaTask, 'begun'>,
    signal: AbortSignal,
  ): Promise<SchemaFault | 'too expensive' | null> {
    const outcome = await this.queues.run(caller, () => this.runInThread(task, signal));
    if (outcome === 'too expensive') return outcome;
    if ('refusal' in outcome) throw AppError.fromInfo(outcome.refusal);
    return outcome.fault;
  }

  private async runInThread(
    task: Omit<SchemaTask, 'begun'>,
    signal: AbortSignal,
  ): Promise<SchemaOutcome | 'too expensive'> {
    signal.throwIfAborted();
    const time = new WorkTime(this.limits.timeMs);
    // The time of a check does not include the wait for a thread and its start, so the thread reports its start.
    const { port1: begins, port2: begun } = new MessageChannel();
    begins.once('message', () => time.start());
    try {
      return await this.threads.run(
        { ...task, begun },
        { transferList: [begun], signal: AbortSignal.any([signal, time.signal]) },
      );
    } catch (cause) {
      if (signal.aborted) throw AppError.from(signal.reason);
      if (time.signal.aborted || isOutOfMemory(cause)) return 'too expensive';
      if (isQueueFull(cause))
        throw new AppError('unavailable', 'Too many schemas are being checked. Try again soon.', {
          retryAfterMs,
          cause,
        });
      throw cause;
    } finally {
      time.end();
      begins.close();
    }
  }
}

function textOfValue(value: JsonValue): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null; // parsed JSON fails in JSON.stringify only where it is too deep
  }
}

function tooComplex(complaint: string): SchemaFault {
  return { index: 0, issue: { path: [], keyword: 'too_complex', complaint } };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Piscina gives its errors no codes. */
function isQueueFull(error: unknown): boolean {
  return error instanceof Error && /queue is at limit/i.test(error.message);
}
