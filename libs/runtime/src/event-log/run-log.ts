import type { NewEvent, Response, ResponseEvent } from '@antiphon/contracts';
import { catchUp, type LogEntry, toLogEntry } from '@antiphon/engine';
import type { Logger } from '@antiphon/service-kit';
import type { RunEvents } from './run-events.ts';
import type { EventLogStore, LogBurst, RunProgress } from './event-log.store.ts';
import type { Lease } from '../runs/lease.ts';

/** Nest's token for the limits of run logs. */
export const RUN_LOG_LIMITS = Symbol('run log limits');

export interface RunLogLimits {
  /** How long an event waits at most for others to be written with, and how much of them is written at once. */
  flushMs: number;
  flushBytes: number;
  /** How much may wait for a slow database before the run waits, too. */
  bufferBytes: number;
}

export interface RunLogParts {
  logs: EventLogStore;
  events: RunEvents;
  limits: RunLogLimits;
  logger: Logger;
  /** The lease is not held any more. */
  onLost: () => void;
}

/**
 * The event log of one run while it is written. Events gather for a moment and are committed together, so that a token does not cost a
 * commit, and only then is anyone told that they are there.
 */
export class RunLog {
  /** What is not written yet. */
  private waiting: LogEntry[] = [];
  private waitingBytes = 0;
  /** How many of them were given to the database, which may have them though it did not say so. */
  private offeredCount = 0;
  private writing: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private wroteAtMs = -Infinity;
  private isClosed = false;

  private constructor(
    private readonly parts: RunLogParts,
    private readonly lease: Lease,
    /** The number of the first entry that waits. */
    private nextSeq: number,
  ) {}

  /**
   * Goes on with the log of a response that was claimed: it first tells what was stored and not told, and ends the items that an earlier
   * runner began and did not finish. Their places are taken by what comes next.
   */
  static async open(parts: RunLogParts, lease: Lease, response: Response): Promise<RunLog> {
    const told = await parts.logs.replay(response);
    const log = new RunLog(parts, lease, told?.nextSeq ?? 0);
    if (told) await log.add(catchUp(told.response, response));
    if (told?.response.status !== 'in_progress') await log.add([{ type: 'response.in_progress', response }]);
    return log;
  }

  /** Takes events that need not be written before the run goes on. Resolves later than at once only where the database is slow. */
  async add(events: readonly ResponseEvent[]): Promise<void> {
    this.gather(events);
    if (this.waitingBytes >= this.parts.limits.bufferBytes) await this.write();
    else if (this.waitingBytes >= this.parts.limits.flushBytes) this.writeSoon(0);
    else this.writeSoon(this.wroteAtMs + this.parts.limits.flushMs - performance.now());
  }

  /**
   * Writes events, with all that wait before them, in one commit with how far the run has come and with what others are to be told of
   * that. False: the lease is lost.
   */
  save(events: readonly ResponseEvent[], response: Response, told: readonly NewEvent[]): Promise<boolean> {
    this.gather(events);
    return this.write({ response, told });
  }

  /** The events that end or pause the run, with all that wait before them, for the transaction that does. */
  async last(events: readonly ResponseEvent[]): Promise<LogBurst> {
    await this.close();
    this.gather(events);
    return { firstSeq: this.nextSeq, entries: this.waiting };
  }

  /** Drops the last events, and says whether it could: only where none of them may be written. */
  takeBack(count: number): boolean {
    if (this.waiting.length - this.offeredCount < count) return false;
    for (const entry of this.waiting.splice(this.waiting.length - count)) this.waitingBytes -= sizeOf(entry);
    return true;
  }

  /** Writes nothing any more. What waits was told to nobody: whoever goes on with the run does not know of it. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.writing.catch(() => undefined);
  }

  private gather(events: readonly ResponseEvent[]): void {
    for (const event of events) {
      // A try that was taken back is not in the log, so its readers need not know that there was one.
      if (event.type === 'model.retried') continue;
      const entry = toLogEntry(event);
      this.waiting.push(entry);
      this.waitingBytes += sizeOf(entry);
    }
  }

  private writeSoon(inMs: number): void {
    if (this.waiting.length === 0 || this.isClosed) return;
    if (inMs <= 0) clearTimeout(this.timer);
    else if (this.timer) return;
    this.timer = setTimeout(() => void this.writeInBackground(), Math.max(0, inMs));
  }

  private async writeInBackground(): Promise<void> {
    try {
      await this.write();
    } catch (error) {
      // The database may be back by the next time; the entries wait, and the run waits for them when they are too many.
      this.parts.logger.warn(
        { responseId: this.lease.responseId, error: (error as Error).message },
        'events could not be written',
      );
      this.writeSoon(retryMs);
    }
  }

  /** One write after the other; each takes all that waits. */
  private write(progress?: RunProgress): Promise<boolean> {
    const written = this.writing.catch(() => undefined).then(() => this.writeNow(progress));
    this.writing = written;
    return written;
  }

  private async writeNow(progress: RunProgress | undefined): Promise<boolean> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const count = this.waiting.length;
    const bytes = this.waitingBytes;
    if (count === 0) return true;
    this.wroteAtMs = performance.now();
    this.offeredCount = count;
    const burst = { firstSeq: this.nextSeq, entries: this.waiting.slice(0, count) };
    const isHeld = await this.parts.logs.append(this.lease, burst, progress);
    if (!isHeld) {
      this.parts.onLost();
      return false;
    }
    this.waiting.splice(0, count);
    this.offeredCount = 0;
    this.waitingBytes -= bytes;
    this.nextSeq += count;
    this.parts.events.announce(this.lease.responseId);
    return true;
  }
}

const retryMs = 1_000;
/** What an entry takes in JSON beside its text. */
const entryBytes = 100;

/** Near enough: only what grows without bound is measured. */
function sizeOf(entry: LogEntry): number {
  if ('delta' in entry) return entryBytes + entry.delta.length;
  return 'item' in entry ? JSON.stringify(entry.item).length : entryBytes;
}
