import { AbortableIterator } from '@antiphon/async';
import {
  AppError,
  type Caller,
  type Item,
  keptAttemptsMax,
  type ModelRequest,
  type ModelSource,
  noUsage,
  type Response,
  type ResponseEvent,
  type ToolChoice,
  type TurnCourse,
  type Usage,
} from '@antiphon/contracts';
import { backOff } from './back-off.ts';
import { buildContext } from './build-context.ts';
import type { RunLimits } from '../limits.ts';
import { modelTools, offeredHosted, type OfferedTools } from '../tools/list-tools.ts';
import type { AnswerEnd, ModelAnswer } from './model-answer.ts';
import type { RunPorts } from '../ports.ts';
import { withToolNotice } from '../tools/tool-notice.ts';
import { visibleTools } from '../tools/tool-search.ts';
import { contextTokens, textTokens } from './trim-context.ts';

/** One turn: the request to the model, and the answer as it arrives. */
export interface Turn {
  request: Omit<ModelRequest, 'caller'>;
  depth: number;
  answer: ModelAnswer;
  /** When the model was called, the last time; milliseconds since the epoch. */
  startedAt: number;
}

/** A turn fails where its provider asks for a longer wait: the client can wait, a run cannot. */
const restMaxMs = 30_000;

/**
 * Calls the model and adds its deltas to the answer, which has an `end` afterwards. Each burst of deltas is a burst of events.
 *
 * An attempt that breaks off is repeated, within `turnAttemptsMax`, while no client has read any of it: nothing was yielded, or the ports can
 * take it back. Its items are taken back (`model.retried`) and its tokens counted by estimate. Before the first delta the llm service
 * retries by itself, so only the loss of that service is a reason for another attempt.
 */
export async function* callModel(
  caller: Caller,
  turn: Turn,
  limits: RunLimits,
  ports: RunPorts,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent[], void, void> {
  const { request, depth, answer } = turn;
  /** Where the answer broke off: another provider is requested first. */
  const avoid: ModelSource[] = [];
  for (let attempt = 1; ; attempt++) {
    let eventCount = 0;
    await ports.confirmHold?.();
    turn.startedAt = ports.now();
    try {
      signal.throwIfAborted();
      const asked = avoid.length === 0 ? request : { ...request, avoid };
      const deltas = ports.model.stream(caller, asked, signal)[Symbol.asyncIterator]();
      const stream = new AbortableIterator(deltas, signal);
      try {
        while (!answer.end) {
          const next = await stream.next();
          if (next.done) break;
          answer.add(next.value);
          const events = answer.takeEvents();
          eventCount += events.length;
          yield events;
        }
      } finally {
        stream.close();
      }
      wholeEnd(answer);
      return;
    } catch (error) {
      if (signal.aborted || attempt >= limits.turnAttemptsMax || !mayPass(error, answer)) throw error;
      if (!takeBack(eventCount, ports)) throw error;
      const usage = estimatedUsage(request, answer);
      const failure = AppError.from(error);
      const course = failedCourse(turn, failure, ports);
      yield [{ type: 'model.retried', depth, index: answer.startOver(), usage, course }];
      const { retryAfterMs: leastMs, source } = failure;
      if (source) avoid.push(source);
      await backOff(attempt, { firstMs: limits.retryWaitMs, leastMs }, signal);
    }
  }
}

/** Without the port, only an attempt that yielded nothing can be taken back. */
function takeBack(count: number, ports: RunPorts): boolean {
  return count === 0 || ports.takeBack?.(count) === true;
}

/** The end of the answer. Throws `model_error` where the stream stopped before it. */
export function wholeEnd(answer: ModelAnswer): AnswerEnd {
  if (!answer.end) throw new AppError('model_error', "The model's answer ended before it was whole.");
  return answer.end;
}

/** How a request for a turn went that was answered. */
export function answeredCourse({ startedAt }: Turn, end: AnswerEnd, ports: RunPorts): TurnCourse {
  return {
    startedAt,
    durationMs: Math.max(0, ports.now() - startedAt),
    firstOutputMs: end.firstOutputMs ?? null,
    outcome: 'ok',
    provider: end.provider ?? null,
    costUsd: end.costUsd ?? null,
    attempts: end.attempts ?? [],
  };
}

/** How a request for a turn went that failed. */
export function failedCourse({ startedAt }: Turn, failure: AppError, ports: RunPorts): TurnCourse {
  return {
    startedAt,
    durationMs: Math.max(0, ports.now() - startedAt),
    firstOutputMs: null,
    outcome: failure.code,
    provider: failure.source?.provider ?? null,
    costUsd: null,
    attempts: failure.attempts.slice(0, keptAttemptsMax),
  };
}

/** Whether another attempt may complete a turn that broke off. */
function mayPass(error: unknown, answer: ModelAnswer): boolean {
  const failure = AppError.from(error);
  if (!failure.retryable || (failure.retryAfterMs ?? 0) > restMaxMs) return false;
  return answer.hasBegun || failure.unanswered === 'unknown';
}

/** The estimated usage of an answer that broke off: providers report none. An answer that had not begun counts nothing. */
export function estimatedUsage(request: Turn['request'], answer: ModelAnswer): Usage {
  if (!answer.hasBegun) return noUsage;
  const { items, instructions, tools } = request;
  const toolTokens = tools.length === 0 ? 0 : textTokens(JSON.stringify(tools));
  const inputTokens = contextTokens(items, instructions) + toolTokens;
  const { outputTokens, reasoningTokens } = answer.estimatedTokens;
  const totalTokens = inputTokens + outputTokens;
  return { ...noUsage, inputTokens, outputTokens, totalTokens, reasoningTokens };
}

/** The request to the model in the turn at this depth. `tools` are those of the run, deferred ones included. */
export function modelRequest(
  run: { response: Response; history: readonly Item[] },
  depth: number,
  tools: OfferedTools,
  limits: RunLimits,
): Omit<ModelRequest, 'caller'> {
  const { history } = run;
  const context = [...history, ...run.response.input, ...run.response.output];
  const visible = visibleTools(tools, context, run.response);
  const response = {
    ...run.response,
    instructions: withToolNotice(run.response.instructions, visible, context),
  };
  const hostedTools = offeredHosted(visible);
  return {
    model: response.model,
    instructions: response.instructions,
    items: buildContext(history, response, limits.contextTokensMax),
    tools: modelTools(visible),
    ...(hostedTools.length > 0 && { hostedTools }),
    toolChoice: depth === 0 ? response.toolChoice : laterToolChoice(response.toolChoice),
    settings: response.settings,
  };
}

/** A forced tool choice holds for the first turn only: a model that must call a tool in every turn never answers. */
function laterToolChoice(choice: ToolChoice): ToolChoice {
  return choice === 'none' ? 'none' : 'auto';
}
