import {
  AppError,
  type Caller,
  isLifecycleEvent,
  type Item,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import {
  applyEvent,
  assertRunnable,
  countInput,
  type RunLimits,
  type RunPorts,
  runResponse,
} from '@antiphon/engine';
import { callerAttributes, Tracing } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { MODEL_DIRECTORY, type ModelDirectory } from '../remote/rpc-language-model.ts';
import { ActiveRuns, cancelledByCaller } from './active-runs.ts';
import { leaseLost } from './lease-keeper.ts';
import { RunPortsFactory } from './run-ports.ts';
import { RunSaver } from './run-saver.ts';
import type { RunStart } from './run-start.ts';

/** Nest's token for the limits of runs. */
export const RUN_LIMITS = Symbol('run limits');

/**
 * Runs responses: the engine yields a burst, its effect is saved, then the burst is yielded on. The consumer drives the engine, so a tool
 * does not run before the model's call of it is committed.
 */
@Injectable()
export class ResponseRunner {
  constructor(
    private readonly runs: ActiveRuns,
    private readonly saver: RunSaver,
    private readonly ports: RunPortsFactory,
    @Inject(MODEL_DIRECTORY) private readonly models: ModelDirectory,
    private readonly tracing: Tracing,
    @Inject(RUN_LIMITS) private readonly limits: RunLimits,
  ) {}

  /**
   * The events of a run from `in_progress` to where it stops; the consumer must take all of them. The last is a lifecycle event, unless the
   * run was given back and continues elsewhere. Errors: those of the stores, where not even the end can be saved.
   */
  async *run(
    caller: Caller,
    start: RunStart,
    gone?: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[], void> {
    const draft: Response = { ...start.response, output: [...start.response.output] };
    const active = this.runs.start(draft.id);
    const span = this.tracing.start('run', {
      parent: start.trace ?? null,
      attributes: {
        ...callerAttributes(caller),
        'response.background': draft.background,
        ...(draft.stored && { 'response.id': draft.id }),
      },
    });
    const onGone = () => active.abort(cancelledByCaller());
    const timer = setTimeout(
      () => active.abort(tookTooLong(start.limitMs ?? start.timeoutMs)),
      start.timeoutMs,
    );
    gone?.addEventListener('abort', onGone);
    if (gone?.aborted) onGone();
    const saved = this.saver.begin(start, () => active.abort(leaseLost()));
    try {
      await this.saver.openLog(saved);
      const ports: RunPorts = {
        ...this.ports.portsOf(caller, span.context, start.isUnread),
        takeBack: (count) => this.saver.takeBack(saved, count),
        confirmHold: () => this.saver.confirmHold(saved),
      };
      for await (const burst of runResponse(caller, start, this.limits, ports, active.signal)) {
        for (const event of burst) applyEvent(draft, event);
        const end = burst.at(-1);
        if (end && isLifecycleEvent(end))
          yield await this.saver.finish(saved, caller, burst, end.response, active.signal);
        else {
          await this.saver.save(saved, burst, draft);
          active.note(burst);
          yield burst;
        }
      }
    } finally {
      await this.saver.close(saved);
      clearTimeout(timer);
      gone?.removeEventListener('abort', onGone);
      this.runs.end(draft.id, active);
      span.end(draft.error?.code ?? 'ok', { 'response.status': draft.status });
    }
  }

  /**
   * Throws the error that would end this run before its first turn, as far as it is known now: `model_not_found`, `context_too_long`,
   * `invalid_request` for a tool choice. Ignores parts of the system that do not answer: the run may wait for them.
   */
  async assertRunnable(
    caller: Caller,
    run: { response: Response; history: readonly Item[] },
    signal: AbortSignal,
  ): Promise<void> {
    const checks = await Promise.allSettled([
      assertRunnable(caller, run, this.limits, this.ports, signal),
      this.models.assertServed(run.response.model, signal),
    ]);
    for (const check of checks) {
      if (check.status === 'rejected' && isRefusal(check.reason)) throw check.reason;
    }
  }

  /** The tokens that the model would read first, by estimate. Nothing runs. */
  countInput(
    caller: Caller,
    run: { response: Response; history: readonly Item[] },
    signal: AbortSignal,
  ): Promise<number> {
    return countInput(caller, run, this.ports, signal);
  }
}

/** Whether an error is the request's own fault, so that a retry cannot succeed. */
function isRefusal(error: unknown): boolean {
  const { status, retryable } = AppError.from(error);
  return status >= 400 && status < 500 && !retryable;
}

function tookTooLong(timeoutMs: number): AppError {
  return new AppError('run_timeout', `The run took longer than ${Math.round(timeoutMs / 1000)} s.`);
}
