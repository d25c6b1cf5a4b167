import { AppError, type ModelAttempt, type ModelDelta, type Usage } from '@antiphon/contracts';
import type { TraceSpan } from '@antiphon/service-kit';
import { abortError } from '../providers/errors/provider-errors.ts';
import { recordAnswer } from '../usage/answer-metrics.ts';
import type { AttemptLog } from './attempts/attempt-log.ts';
import type { Deadline } from './attempts/deadline.ts';
import type { OpenedAnswer } from './attempts/open-answer.ts';
import type { Candidate } from './plan/candidate.ts';

type ModelEnd = Extract<ModelDelta, { type: 'end' }>;

/** One call with its request, limits and labels. */
export interface RoutedTurn {
  /** The caller's. */
  signal: AbortSignal;
  deadline: Deadline;
  log: AttemptLog;
  span: TraceSpan;
  /** The label of metrics for the model of the last attempt. */
  modelLabel: () => string;
  /** The price of an answer in US dollars; null where it is unknown. */
  costOf: (candidate: Candidate, usage: Usage) => number | null;
  /** Called when the answer is first pulled. */
  open: () => Promise<OpenedAnswer>;
}

/** The streamed answer to one model turn, from the first candidate that answers. */
export class RoutedAnswer implements AsyncIterableIterator<ModelDelta[], undefined> {
  private opened: OpenedAnswer | null = null;
  private readonly startedAtMs = performance.now();
  private isRecorded = false;

  constructor(private readonly turn: RoutedTurn) {}

  /** The candidate that answers, from the first burst on. */
  get provider(): string | null {
    return this.opened?.attempt.candidate.provider ?? null;
  }

  /** The provider's name for the model, from the first burst on. */
  get model(): string | null {
    return this.opened?.attempt.candidate.model ?? null;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ModelDelta[], undefined>> {
    const next = this.opened === null ? this.begin() : this.opened.rest.next();
    return next.then(this.passed, this.failed);
  }

  async return(): Promise<IteratorResult<ModelDelta[], undefined>> {
    this.opened?.attempt.end('cancelled');
    this.record('cancelled');
    if (this.opened === null) this.turn.deadline.abort();
    await this.opened?.rest.return?.();
    return { done: true, value: undefined };
  }

  private async begin(): Promise<IteratorResult<ModelDelta[], undefined>> {
    this.opened = await this.turn.open();
    this.turn.deadline.met();
    return this.opened.first;
  }

  private readonly passed = (
    result: IteratorResult<ModelDelta[], undefined>,
  ): IteratorResult<ModelDelta[], undefined> => {
    const last = result.value?.at(-1);
    if (last?.type !== 'end') return result;
    this.opened?.attempt.end('ok');
    this.record('ok', last);
    const end = { ...last, ...this.courseOf(last.usage), attempts: [...this.turn.log.ended] };
    return { done: false, value: [...(result.value?.slice(0, -1) ?? []), end] };
  };

  private readonly failed = (thrown: unknown): never => {
    const { signal } = this.turn;
    const error = signal.aborted ? abortError(signal) : AppError.from(thrown);
    this.opened?.attempt.end(signal.aborted ? 'cancelled' : error);
    this.record(error.code);
    const source = signal.aborted ? undefined : this.opened?.attempt.candidate;
    throw withCourse(error, source, this.turn.log.ended);
  };

  private courseOf(usage: Usage): Pick<ModelEnd, 'provider' | 'firstOutputMs' | 'costUsd'> {
    if (this.opened === null) return {};
    const { candidate, firstOutputMs } = this.opened.attempt;
    const costUsd = this.turn.costOf(candidate, usage);
    return {
      provider: candidate.provider,
      ...(firstOutputMs !== null && { firstOutputMs: Math.round(firstOutputMs) }),
      ...(costUsd !== null && { costUsd }),
    };
  }

  private record(outcome: string, end?: ModelEnd): void {
    if (this.isRecorded) return;
    this.isRecorded = true;
    const { deadline, log, span, modelLabel } = this.turn;
    deadline.close();
    const provider = log.latest?.provider ?? 'none';
    const model = modelLabel();
    span.end(outcome, {
      provider,
      model,
      attempts: log.ended.length,
      ...(end && {
        'usage.input_tokens': end.usage.inputTokens,
        'usage.output_tokens': end.usage.outputTokens,
      }),
    });
    recordAnswer({
      provider,
      model,
      outcome,
      seconds: (performance.now() - this.startedAtMs) / 1000,
      usage: end?.usage ?? null,
    });
  }
}

/** The same error, with the attempts, and with the model whose answer broke off. */
function withCourse(
  error: AppError,
  broken: Candidate | undefined,
  attempts: readonly ModelAttempt[],
): AppError {
  const { code, message, cause } = error;
  const source = broken && { provider: broken.provider, model: broken.model };
  return new AppError(code, message, { ...error, cause, source, attempts });
}
