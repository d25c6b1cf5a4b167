import { AppError, type Caller, type ToolResult } from '@antiphon/contracts';
import type { RunLimits } from './limits.ts';
import type { RunPorts } from './ports.ts';
import type { Execution } from './prepare-calls.ts';
import { untilAborted } from './until-aborted.ts';

export interface FinishedExecution {
  execution: Execution;
  result: ToolResult;
}

/**
 * Runs a turn's calls side by side, `parallelToolsMax` at a time, and yields them as they come back: those that came back while the last
 * burst was saved travel together. Everything that goes wrong with a call is its result; only the run's own abort throws. Whoever stops
 * taking results stops the tools.
 */
export async function* callTools(
  caller: Caller,
  executions: readonly Execution[],
  limits: RunLimits,
  ports: RunPorts,
  signal: AbortSignal,
): AsyncGenerator<FinishedExecution[], void, void> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const waiting = [...executions];
  let finished: FinishedExecution[] = [];
  let wake = () => {};
  const startNext = () => {
    const execution = waiting.shift();
    if (!execution || either.aborted) return;
    void callTool(caller, execution, ports, either).then((result) => {
      finished.push({ execution, result });
      startNext();
      wake();
    });
  };
  for (let i = 0; i < Math.max(1, limits.parallelToolsMax); i++) startNext();
  try {
    for (let open = executions.length; open > 0;) {
      if (finished.length === 0) {
        const one = new Promise<void>((resolve) => (wake = resolve));
        await untilAborted(one, signal);
      }
      const burst = finished;
      finished = [];
      open -= burst.length;
      yield burst;
    }
  } finally {
    left.abort(new AppError('cancelled', 'The run stopped.'));
  }
}

/** Never rejects. */
async function callTool(
  caller: Caller,
  { call, request }: Execution,
  ports: RunPorts,
  signal: AbortSignal,
): Promise<ToolResult> {
  const startedAt = ports.now();
  const timer = new AbortController();
  const timeout = setTimeout(
    () => timer.abort(tookTooLong(request.name, request.timeoutMs)),
    request.timeoutMs,
  );
  const either = AbortSignal.any([signal, timer.signal]);
  try {
    return await untilAborted(ports.tools.call(caller, request, either), either);
  } catch (error) {
    const failure = AppError.from(error);
    if (failure.code === 'internal') ports.onInternalError?.(failure);
    const output =
      failure.code === 'tool_timeout' ? failure.message : `${call.name} could not be run: ${failure.message}`;
    return { output, error: failure.toInfo(), durationMs: Math.max(0, ports.now() - startedAt) };
  } finally {
    clearTimeout(timeout);
  }
}

function tookTooLong(name: string, timeoutMs: number): AppError {
  return new AppError('tool_timeout', `${name} did not answer within ${timeoutMs / 1000} s.`);
}
