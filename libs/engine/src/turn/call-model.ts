import { untilAborted } from '@antiphon/async';
import {
  AppError,
  type Caller,
  type Item,
  type ModelDelta,
  type ModelRequest,
  noUsage,
  type Response,
  type ResponseEvent,
  type ToolChoice,
  type Usage,
} from '@antiphon/contracts';
import { backOff } from './back-off.ts';
import { buildContext } from './build-context.ts';
import type { RunLimits } from '../limits.ts';
import { modelTools, type OfferedTools } from '../tools/list-tools.ts';
import type { AnswerEnd, ModelAnswer } from './model-answer.ts';
import type { RunPorts } from '../ports.ts';
import { withToolNotice } from '../tools/tool-notice.ts';
import { contextTokens, textTokens } from './trim-context.ts';

/** One turn: what the model is asked, and the answer as it comes in. */
export interface Turn {
  request: Omit<ModelRequest, 'caller'>;
  depth: number;
  answer: ModelAnswer;
}

/** A provider that asks for a longer rest fails the turn: its caller can wait, a run cannot. */
const restMaxMs = 30_000;

/**
 * Asks the model and adds what it says to the answer, which has an `end` then. Each burst of deltas is a burst of events.
 *
 * A try that breaks off is followed by another, within `turnAttemptsMax`, as long as no client has read any of it: nothing was yielded, or
 * the ports can take it back. Its items are taken back (`model.retried`) and its tokens counted by estimate. Where the model has said
 * nothing yet, the llm service has tried again itself, and only the loss of that service is a reason to ask once more.
 */
export async function* callModel(
  caller: Caller,
  turn: Turn,
  limits: RunLimits,
  ports: RunPorts,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent[], void, void> {
  const { request, depth, answer } = turn;
  for (let attempt = 1; ; attempt++) {
    let eventCount = 0;
    try {
      for await (const events of askOnce(caller, turn, ports, signal)) {
        eventCount += events.length;
        yield events;
      }
      wholeEnd(answer);
      return;
    } catch (error) {
      if (signal.aborted || attempt >= limits.turnAttemptsMax || !mayPass(error, answer)) throw error;
      if (!(await takeBack(eventCount, ports))) throw error;
      const usage = estimatedUsage(request, answer);
      yield [{ type: 'model.retried', depth, index: answer.startOver(), usage }];
      const leastMs = AppError.from(error).retryAfterMs;
      await backOff(attempt, { firstMs: limits.retryWaitMs, leastMs }, signal);
      // The process may have been stopped while it waited.
      if (!(await takeBack(0, ports))) throw error;
    }
  }
}

/** Without a port for it, only what yielded nothing can be taken back. */
async function takeBack(count: number, ports: RunPorts): Promise<boolean> {
  return ports.takeBack ? ports.takeBack(count) : count === 0;
}

/** How the answer ended. Throws `model_error` where it did not: the stream stopped before. */
export function wholeEnd(answer: ModelAnswer): AnswerEnd {
  if (!answer.end) throw new AppError('model_error', "The model's answer ended before it was whole.");
  return answer.end;
}

async function* askOnce(
  caller: Caller,
  { request, answer }: Turn,
  ports: RunPorts,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent[], void, void> {
  signal.throwIfAborted();
  const stream = ports.model.stream(caller, request, signal)[Symbol.asyncIterator]();
  try {
    while (!answer.end) {
      signal.throwIfAborted();
      const next = await untilAborted(stream.next(), signal);
      if (next.done) return;
      answer.add(next.value);
      yield answer.takeEvents();
    }
  } finally {
    void close(stream);
  }
}

/** Whether a turn that broke off may come to its end when it is asked again. */
function mayPass(error: unknown, answer: ModelAnswer): boolean {
  const failure = AppError.from(error);
  if (!failure.retryable || (failure.retryAfterMs ?? 0) > restMaxMs) return false;
  return answer.hasBegun || failure.unanswered === 'unknown';
}

/** What an answer that broke off cost, which no provider says. One that had not begun counts nothing. */
export function estimatedUsage(request: Turn['request'], answer: ModelAnswer): Usage {
  if (!answer.hasBegun) return noUsage;
  const { items, instructions, tools } = request;
  const toolTokens = tools.length === 0 ? 0 : textTokens(JSON.stringify(tools));
  const inputTokens = contextTokens(items, instructions) + toolTokens;
  const { outputTokens, reasoningTokens } = answer.estimatedTokens;
  const totalTokens = inputTokens + outputTokens;
  return { ...noUsage, inputTokens, outputTokens, totalTokens, reasoningTokens };
}

/** What the model is asked in the turn at this depth. */
export function modelRequest(
  run: { response: Response; history: readonly Item[] },
  depth: number,
  tools: OfferedTools,
  limits: RunLimits,
): Omit<ModelRequest, 'caller'> {
  const { history } = run;
  const context = [...history, ...run.response.input, ...run.response.output];
  const response = {
    ...run.response,
    instructions: withToolNotice(run.response.instructions, tools, context),
  };
  return {
    model: response.model,
    instructions: response.instructions,
    items: buildContext(history, response, limits.contextTokensMax),
    tools: modelTools(tools),
    toolChoice: depth === 0 ? response.toolChoice : laterToolChoice(response.toolChoice),
    settings: response.settings,
  };
}

/** A wish for a tool holds for the first turn: a model that must call a tool in every turn never answers. */
function laterToolChoice(choice: ToolChoice): ToolChoice {
  return choice === 'none' ? 'none' : 'auto';
}

/** Not waited for: a stream that ignores its signal would hold up the run. What goes wrong here comes after the answer. */
async function close(stream: AsyncIterator<readonly ModelDelta[]>): Promise<void> {
  try {
    await stream.return?.();
  } catch {
    return;
  }
}
