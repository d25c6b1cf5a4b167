import type {
  Caller,
  Item,
  ModelDelta,
  ModelRequest,
  Response,
  ResponseEvent,
  ToolChoice,
} from '@antiphon/contracts';
import { buildContext } from './build-context.ts';
import type { RunLimits } from './limits.ts';
import { modelTools, type OfferedTools } from './list-tools.ts';
import type { ModelAnswer } from './model-answer.ts';
import type { RunPorts } from './ports.ts';
import { withToolNotice } from './tool-notice.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * Asks the model once and adds what it says to the answer. Each burst of deltas is a burst of events. The answer is whole when it has an
 * `end`; a stream may stop before.
 */
export async function* callModel(
  caller: Caller,
  request: Omit<ModelRequest, 'caller'>,
  answer: ModelAnswer,
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
