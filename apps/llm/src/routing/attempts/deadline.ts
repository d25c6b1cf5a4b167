import { AppError } from '@antiphon/contracts';

/** The caller's signal, which also aborts where no attempt has output in time. */
export class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly caller: AbortSignal,
    timeoutMs: number,
  ) {
    caller.addEventListener('abort', this.#follow, { once: true });
    if (caller.aborted) this.#follow();
    this.#timer = setTimeout(() => this.#abort.abort(overdue(timeoutMs)), timeoutMs).unref();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** There is output, so that only the caller ends the call. */
  met(): void {
    clearTimeout(this.#timer);
  }

  /** The caller has stopped. */
  abort(): void {
    this.#abort.abort();
  }

  /** The call is over. */
  close(): void {
    clearTimeout(this.#timer);
    this.caller.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => this.#abort.abort(this.caller.reason);
}

function overdue(timeoutMs: number): AppError {
  return new AppError(
    'model_error',
    `No provider has begun to answer within ${Math.round(timeoutMs / 1000)} s`,
  );
}
