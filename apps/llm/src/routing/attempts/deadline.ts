import { AppError } from '@antiphon/contracts';

/** The caller's signal, which also aborts if no attempt has output in time: `complaint` begins the sentence of that error. */
export class Deadline {
  private readonly aborter = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly caller: AbortSignal,
    timeoutMs: number,
    complaint = 'No provider began to answer',
  ) {
    caller.addEventListener('abort', this.follow, { once: true });
    if (caller.aborted) this.follow();
    this.timer = setTimeout(() => this.aborter.abort(overdue(complaint, timeoutMs)), timeoutMs).unref();
  }

  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  /** There is output, so that only the caller ends the call. */
  met(): void {
    clearTimeout(this.timer);
  }

  /** The caller has stopped. */
  abort(): void {
    this.aborter.abort();
  }

  /** The call is over. */
  close(): void {
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.follow);
  }

  private readonly follow = (): void => this.aborter.abort(this.caller.reason);
}

function overdue(complaint: string, timeoutMs: number): AppError {
  return new AppError('model_error', `${complaint} within ${Math.round(timeoutMs / 1000)} s`);
}
