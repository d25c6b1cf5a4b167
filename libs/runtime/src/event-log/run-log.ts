import type { NewEvent, Response, ResponseEvent } from '@antiphon/contracts';
import { catchUp, type LogEntry, toLogEntry } from '@antiphon/engine';
import type { Logger } from '@antiphon/service-kit';
import type { RunEvents } from './run-events.ts';
import type { EventLogStore, LogBurst, RunProgress } from './event-log.store.ts';
import type { Lease } from '../runs/lease.ts';

/** Nest's token for the limits of run logs. */
export const RUN_LOG_LIMITS = Symbol('run log limits');

export interface RunLogLimits {
  /** How long an entry waits at most for others, and how many bytes are written at once. */
  flushMs: number;
  flushBytes: number;
  /** How many bytes may wait for a slow database before the run waits. */
  bufferBytes: number;
}

export interface RunLogParts {
  logs: EventLogStore;
  events: RunEvents;
  limits: RunLogLimits;
  logger: Logger;
  /** Called when the lease is lost. */
  onLost: () => void;
}

/**
 * The event log of one run while it is written. Events gather for a moment and are committed together, so that a token does not cost a
 * commit. Readers are signalled after the commit.
 */
export class RunLog {
  /** The entries that are not written yet. */
  private waiting: LogEntry[] = [];
  private waitingBytes = 0;
  /** How many of them are in a write whose answer is not there: the database may have them. */
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
   * Continues the log of a claimed response. First writes what is stored and not in the log, and ends the items that an earlier runner did
   * not finish; the next items take their places.
   */
  static async open(parts: RunLogParts, lease: Lease, response: Response): Promise<RunLog> {
    const logged = await parts.logs.replay(response);
    const log = new RunLog(parts, lease, logged?.nextSeq ?? 0);
    if (logged) await log.add(catchUp(logged.response, response));
    if (logged?.response.status !== 'in_progress')
      await log.add([{ type: 'response.in_progress', response }]);
    return log;
  }

  /** Adds events that need not be written before the run goes on. Resolves at once unless the buffer is full. */
  async add(events: readonly ResponseEvent[]): Promise<void> {
    this.gather(events);
    if (this.waitingBytes >= this.parts.limits.bufferBytes) await this.write();
    else if (this.waitingBytes >= this.parts.limits.flushBytes) this.writeSoon(0);
    else this.writeSoon(this.wroteAtMs + this.parts.limits.flushMs - performance.now());
  }

  /**
   * Writes events, and all that wait before them, in one commit with the run's progress and its outbox events. False: the lease is lost.
   */
  save(events: readonly ResponseEvent[], response: Response, outbox: readonly NewEvent[]): Promise<boolean> {
    this.gather(events);
    return this.write({ response, events: outbox });
  }

  /** The last burst: the events that end or pause the run, and all that wait before them, for the transaction that writes the end. */
  async last(events: readonly ResponseEvent[]): Promise<LogBurst> {
    await this.close();
    this.gather(events);
    return { firstSeq: this.nextSeq, entries: this.waiting };
  }

  /** Drops the last `count` events. False: one of them may be in the database already. */
  takeBack(count: number): boolean {
    if (this.waiting.length - this.offeredCount < count) return false;
    for (const entry of this.waiting.splice(this.waiting.length - count)) this.waitingBytes -= sizeOf(entry);
    return true;
  }

  /** Writes nothing more. Waiting entries are dropped: no reader has seen them. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.writing.catch(() => undefined);
  }

  private gather(events: readonly ResponseEvent[]): void {
    for (const event of events) {
      // A turn that was taken back is not in the log, so readers need not see that it was repeated.
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
      // The entries wait for the next write, and the run waits when they are too many.
      this.parts.logger.warn(
        { responseId: this.lease.responseId, error: (error as Error).message },
        'events could not be written',
      );
      this.writeSoon(retryMs);
    }
  }

  /** One write at a time; each takes all entries that wait. */
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
/** The bytes of JSON of an entry beside its text. */
const entryBytes = 100;

/** An estimate: only parts without a bound are measured. */
function sizeOf(entry: LogEntry): number {
  if ('delta' in entry) return entryBytes + entry.delta.length;
  return 'item' in entry ? JSON.stringify(entry.item).length : entryBytes;
}
