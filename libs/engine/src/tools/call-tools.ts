import { untilAborted } from '@antiphon/async';
import { AppError, type CallDetail, type Caller, type ToolResult } from '@antiphon/contracts';
import { backOff } from '../turn/back-off.ts';
import type { RunLimits } from '../limits.ts';
import type { RunPorts } from '../ports.ts';
import type { CallResult } from './call-events.ts';
import { type Execution, unknownOutcome } from './prepare-calls.ts';

/** The detail so far of a running call, or its result. */
export type ExecutionUpdate =
  { execution: Execution; detail: CallDetail } | { execution: Execution; result: CallResult };

/**
 * Runs a turn's calls in parallel, `parallelToolsMax` at a time, and yields their results, and what they report before. Updates that arrived while the last burst was saved
 * are yielded together. A failed call is a result; only the abort of the run throws. A consumer that stops taking results stops the tools.
 */
export async function* callTools(
  caller: Caller,
  executions: readonly Execution[],
  limits: RunLimits,
  ports: RunPorts,
  signal: AbortSignal,
): AsyncGenerator<ExecutionUpdate[], void, void> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const waiting = [...executions];
  let updates: ExecutionUpdate[] = [];
  let wake = () => {};
  const add = (update: ExecutionUpdate) => {
    updates.push(update);
    wake();
  };
  const startNext = () => {
    const execution = waiting.shift();
    if (!execution || either.aborted) return;
    const onProgress = (detail: CallDetail) => add({ execution, detail });
    void callTool(caller, execution, limits, ports, { onProgress, signal: either }).then((result) => {
      startNext();
      add({ execution, result });
    });
  };
  for (let i = 0; i < Math.max(1, limits.parallelToolsMax); i++) startNext();
  try {
    for (let open = executions.length; open > 0;) {
      if (updates.length === 0) {
        const one = new Promise<void>((resolve) => (wake = resolve));
        await untilAborted(one, signal);
      }
      const burst = updates;
      updates = [];
      open -= burst.filter((update) => 'result' in update).length;
      yield burst;
    }
  } finally {
    left.abort(new AppError('cancelled', 'The run stopped.'));
  }
}

/** How often a call is made in all where its outcome stays unknown: a call that ends its host each time must not end it for ever. */
const attemptsMax = 3;

/**
 * Never rejects. A call whose answer was lost may have taken effect. It is made again, under the same key, where the tool is read-only or
 * idempotent; of any other call the model reads that its outcome is unknown. All attempts share the call's time.
 */
async function callTool(
  caller: Caller,
  execution: Execution,
  limits: RunLimits,
  ports: RunPorts,
  { onProgress, signal }: { onProgress: (detail: CallDetail) => void; signal: AbortSignal },
): Promise<CallResult> {
  const { isRepeatable, answer } = execution;
  if (answer) return { ...answer(execution.request.arguments), durationMs: 0 };
  const request = { ...execution.request, ...(execution.request.hosted && { onProgress }) };
  const startedAt = ports.now();
  const timer = new AbortController();
  const timeout = setTimeout(
    () => timer.abort(tookTooLong(request.name, request.timeoutMs)),
    request.timeoutMs,
  );
  const either = AbortSignal.any([signal, timer.signal]);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await untilAborted(ports.tools.call(caller, request, either), either);
      } catch (error) {
        const mayRepeat = isLost(error) && isRepeatable && attempt < attemptsMax;
        if (!mayRepeat) throw error;
      }
      await backOff(attempt, { firstMs: limits.retryWaitMs }, either);
    }
  } catch (error) {
    const failure = AppError.from(error);
    if (failure.code === 'internal') ports.onInternalError?.(failure);
    const durationMs = Math.max(0, ports.now() - startedAt);
    return { ...failedResult(execution, failure), durationMs };
  } finally {
    clearTimeout(timeout);
  }
}

function isLost(error: unknown): boolean {
  return error instanceof AppError && error.unanswered === 'unknown';
}

/** What the model reads of a call without a result. */
function failedResult(
  { call, isRepeatable }: Execution,
  failure: AppError,
): Pick<ToolResult, 'output' | 'error'> {
  if (failure.code === 'tool_timeout') {
    const output = isRepeatable ? failure.message : `${failure.message} ${unknownOutcome}`;
    return { output, error: failure.toInfo() };
  }
  if (isLost(failure) && !isRepeatable)
    return { output: unknownOutcome, error: new AppError('interrupted', unknownOutcome).toInfo() };
  return { output: `${call.name} could not be run: ${failure.message}`, error: failure.toInfo() };
}

function tookTooLong(name: string, timeoutMs: number): AppError {
  return new AppError('tool_timeout', `${name} did not answer within ${timeoutMs / 1000} s.`);
}
