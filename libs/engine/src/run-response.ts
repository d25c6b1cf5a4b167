import { untilAborted } from '@antiphon/async';
import {
  addUsage,
  AppError,
  type Caller,
  type ErrorInfo,
  type Item,
  type Response,
  type ResponseEvent,
  type TurnCourse,
} from '@antiphon/contracts';
import { applyEvent, recordTurn, snapshot } from './journal/apply-event.ts';
import { resultEvents } from './tools/call-events.ts';
import {
  answeredCourse,
  callModel,
  estimatedUsage,
  failedCourse,
  modelRequest,
  type Turn,
  wholeEnd,
} from './turn/call-model.ts';
import { callTools, type ExecutionUpdate } from './tools/call-tools.ts';
import { assertCheckable, findRejections, isCheckedTool } from './tools/check-arguments.ts';
import { begunCompaction, compactionDone, compactionTurn, unheard } from './compaction/compaction-turn.ts';
import { carryCalls } from './tools/carry-calls.ts';
import { answerSchemas, assertMayAskAgain, findComplaint } from './output-schema/check-output.ts';
import { isPending } from './tools/decisions.ts';
import { effectiveDepthMax, type RunLimits } from './limits.ts';
import {
  assertChoosable,
  assertOffered,
  fetchServerLists,
  findServerLists,
  offerTools,
  startOfCall,
  withWarnings,
} from './tools/list-tools.ts';
import { citableSources } from './turn/citation-marks.ts';
import { type AnswerEnd, ModelAnswer } from './turn/model-answer.ts';
import type { RunPorts } from './ports.ts';
import { prepareCalls, unknownOutcome } from './tools/prepare-calls.ts';
import { withAddedTools } from './tools/added-tools.ts';
import { leftOpen, unfinishedItem } from './journal/unfinished-item.ts';

/**
 * Runs a response that is `in_progress` until it stops, and yields what happens in bursts. The last event is the only lifecycle event:
 * `response.completed`, `incomplete`, `failed`, `cancelled`, or `requires_action` where calls wait for the caller. It never throws.
 *
 * The consumer drives it: everything in a burst has happened; nothing after it has started. A model's answer and the start of its tools come
 * in one burst, so a consumer that saves each burst before it takes the next has committed both before a tool runs.
 *
 * A run first reads the history where it is a function, lists the tools of the request's servers, and runs calls of an earlier turn that
 * the input approves.
 *
 * A response with output goes on where it stopped: an open item is closed as `incomplete`, calls without output are settled (`prepareCalls`),
 * and the model is called at the next depth. Finished turns and calls are not repeated.
 *
 * A turn whose answer breaks off is repeated as long as no client has read any of it (`callModel`).
 *
 * A response that compacts its context is one turn, whose answer becomes a compaction.
 *
 * An answer that breaks its schema or rules is rejected, and the model is called again at the same depth, up to the `retryMax` of `outputCheck`;
 * then the run fails.
 */
export async function* runResponse(
  caller: Caller,
  run: { response: Response; history: readonly Item[] | (() => Promise<readonly Item[]>) },
  limits: RunLimits,
  ports: RunPorts,
  signal: AbortSignal,
): AsyncGenerator<readonly ResponseEvent[], void, void> {
  const draft = snapshot(run.response);
  let turn: Turn | null = null;
  let burst: ResponseEvent[] = [];
  const record = (events: readonly ResponseEvent[]) => {
    for (const event of events) {
      applyEvent(draft, event);
      burst.push(event);
    }
  };
  const takeBurst = () => {
    const taken = burst;
    burst = [];
    return taken;
  };

  try {
    signal.throwIfAborted();
    record(closeOpenItems(draft, leftOpen));
    const history =
      typeof run.history === 'function' ? await untilAborted(run.history(), signal) : run.history;
    if (draft.compacts) {
      record([begunCompaction(draft, ports)]);
      yield takeBurst();
      turn = compactionTurn({ response: draft, history }, limits, ports);
      for await (const said of callModel(caller, turn, limits, unheard(ports), signal))
        record(said.filter(({ type }) => type === 'model.retried'));
      const end = wholeEnd(turn.answer);
      record([modelFinished(turn.depth, end, answeredCourse(turn, end, ports))]);
      record([compactionDone(draft, turn.answer, ports)]);
      record([stopped(draft, endOfAnswer(end, ports))]);
      yield takeBurst();
      return;
    }
    const { lists, missing, events: listing } = findServerLists(draft, history, ports);
    record(listing);
    if (missing.length > 0) {
      yield takeBurst();
      for (const { index, item } of await fetchServerLists(caller, missing, ports, signal)) {
        record([{ type: 'item.done', index, item }]);
        lists.push(item);
      }
      yield takeBurst();
    }
    const equipped = withAddedTools(draft, [...history, ...draft.input]);
    const tools = await offerTools(caller, { response: equipped, history, lists }, ports, signal);
    Object.assign(draft, withWarnings(draft, tools));
    if (nextDepth(draft) === 0) {
      assertOffered(equipped, tools);
      assertChoosable(equipped, tools);
      await assertCheckable(caller, equipped, ports.schemas, signal);
    }
    record(carryCalls(draft, history, ports));
    const depthMax = effectiveDepthMax(draft, limits);
    const demanded = answerSchemas(draft);
    if (demanded.length > 0) await ports.schemas.assertUsable(caller, demanded, signal);

    for (;;) {
      const depth = nextDepth(draft);
      const { events, executions } = prepareCalls({ response: draft, history }, tools, limits, ports);
      record(events);
      if (executions.length > 0) {
        yield takeBurst();
        for await (const updates of callTools(caller, executions, limits, ports, signal)) {
          for (const update of updates) record(updateEvents(update, draft, ports));
          yield takeBurst();
        }
      }
      signal.throwIfAborted();
      if (draft.output.some(isPending)) {
        // A response that is handed back is complete: its caller continues with another response.
        const completedAt = draft.onPause === 'hand_back' ? ports.now() : null;
        record([stopped(draft, { status: 'requires_action', completedAt })]);
        yield takeBurst();
        return;
      }
      if (burst.length > 0) yield takeBurst();

      const answer = new ModelAnswer({
        firstIndex: draft.output.length,
        depth,
        takenCallIds: callIdsOf(draft),
        startOf: (name) => startOfCall(tools, name),
        isChecked: (name) => isCheckedTool(tools, name),
        sources: citableSources([...history, ...draft.input, ...draft.output]),
        callsMax: draft.settings.parallelToolCalls === false ? 1 : Infinity,
        before: draft.output,
        newId: (kind) => ports.newId(kind),
        now: () => ports.now(),
        isSummaryAsked: draft.settings.reasoningSummary !== undefined,
        ...(draft.sealsReasoning && ports.seal && { seal: ports.seal.bind(ports) }),
      });
      const request = modelRequest({ response: draft, history: history }, depth, tools, limits);
      turn = { request, depth, answer, startedAt: ports.now() };
      for await (const said of callModel(caller, turn, limits, ports, signal)) {
        record(said);
        if (!answer.end && burst.length > 0) yield takeBurst();
      }
      const end = wholeEnd(answer);
      const { finishReason } = end;
      record([modelFinished(depth, end, answeredCourse(turn, end, ports))]);

      if (finishReason === 'length' || finishReason === 'content_filter') {
        record(answer.finish(cutShort));
        record([stopped(draft, endOfAnswer(end, ports))]);
        yield takeBurst();
        return;
      }
      const rejections = await findRejections(caller, answer.heldCalls, tools, ports.schemas, signal);
      // Where no tool may be called, the caller's functions are refused too, and the model is called again.
      const isAskedAgain =
        finishReason === 'pause' || rejections.size > 0 || (answer.hasCalls && draft.toolChoice === 'none');
      const goesOn = answer.hasServerCalls || isAskedAgain;
      if (goesOn && depth >= depthMax) {
        throw new AppError('max_depth_exceeded', `Tool execution exceeded maximum depth of ${depthMax}`);
      }
      const complaint =
        answer.hasCalls || answer.text === null || finishReason === 'pause'
          ? null
          : await findComplaint(caller, draft, answer.text, ports.schemas, signal);
      if (complaint !== null) assertMayAskAgain(draft, complaint);
      record(answer.finish(null, { complaint, calls: rejections }));
      if (!answer.hasCalls && complaint === null && finishReason !== 'pause') {
        record([stopped(draft, endOfAnswer(end, ports))]);
        yield takeBurst();
        return;
      }
      turn = null;
    }
  } catch (error) {
    const failure = failureOf(error, draft, signal);
    if (failure.code === 'internal') ports.onInternalError?.(failure);
    if (turn) {
      const { request, depth, answer } = turn;
      if (!answer.end) {
        const usage = estimatedUsage(request, answer);
        draft.usage = addUsage(draft.usage, usage);
        recordTurn(draft, { depth, usage, course: failedCourse(turn, failure, ports) }, null);
      }
      if (!draft.compacts) {
        record(answer.takeEvents());
        record(answer.finish(failure.toInfo()));
      }
    }
    record(closeOpenItems(draft, failure.toInfo()));
    record(closeStartedCalls(draft, failure, ports));
    const isCancelled = signal.aborted && failure.code === 'cancelled';
    record([
      isCancelled
        ? stopped(draft, { status: 'cancelled', cancelledAt: ports.now() })
        : stopped(draft, { status: 'failed', error: failure.toInfo(), completedAt: ports.now() }),
    ]);
    yield takeBurst();
  }
}

const cutShort: ErrorInfo = {
  code: 'model_error',
  message: 'The answer was cut short: this call was not run.',
};

/** How a response ends with an answer that calls no tool. */
function endOfAnswer({ finishReason }: AnswerEnd, ports: RunPorts): Parameters<typeof stopped>[1] {
  const completedAt = ports.now();
  if (finishReason === 'length')
    return { status: 'incomplete', incompleteReason: 'max_output_tokens', completedAt };
  if (finishReason === 'content_filter')
    return { status: 'incomplete', incompleteReason: 'content_filter', completedAt };
  return { status: 'completed', completedAt };
}

function modelFinished(depth: number, end: AnswerEnd, course: TurnCourse): ResponseEvent {
  const { model, usage, serviceTier, stopSequence } = end;
  return {
    type: 'model.finished',
    depth,
    model,
    usage,
    ...(serviceTier && { serviceTier }),
    ...(stopSequence !== undefined && { stopSequence }),
    course,
  };
}

/** The events of a running call that reports more of its detail, or has returned. */
function updateEvents(
  update: ExecutionUpdate,
  { output: before }: Response,
  ports: RunPorts,
): ResponseEvent[] {
  const { execution } = update;
  if ('result' in update)
    return resultEvents(execution, update.result, { outputIndex: before.length, before }, ports);
  const { index, call } = execution;
  return [{ type: 'item.changed', index, item: { ...call, detail: update.detail } }];
}

/** Ends the open items of an earlier runner with their stored content. Its deltas are lost, and the turn is repeated. */
function closeOpenItems(response: Response, reason: ErrorInfo): ResponseEvent[] {
  return response.output.flatMap((item, index): ResponseEvent[] => {
    if (item.status !== 'in_progress') return [];
    return [{ type: 'item.done', index, item: unfinishedItem(item, reason) }];
  });
}

/** Tools that were running when the run ended. Their results are discarded. */
function closeStartedCalls(response: Response, failure: AppError, ports: RunPorts): ResponseEvent[] {
  const events: ResponseEvent[] = [];
  let outputIndex = response.output.length;
  for (const [index, call] of response.output.entries()) {
    if (call.type !== 'function_call' || call.state !== 'started') continue;
    const durationMs = Math.max(0, ports.now() - (call.startedAt ?? ports.now()));
    const result = { output: unknownOutcome, error: failure.toInfo(), durationMs };
    events.push(...resultEvents({ index, call }, result, { outputIndex: outputIndex++, before: [] }, ports));
  }
  return events;
}

/** The turn after the last complete one. */
function nextDepth(response: Response): number {
  let depth = 0;
  for (const item of response.output) {
    if (item.type === 'function_call' && item.status === 'completed') depth = Math.max(depth, item.depth + 1);
  }
  return depth;
}

function callIdsOf(response: Response): Set<string> {
  return new Set(response.output.flatMap((item) => (item.type === 'function_call' ? [item.callId] : [])));
}

/** The abort of the run takes precedence over other errors, which follow from it. A run whose time ends inside a tool has that tool's timeout. */
function failureOf(error: unknown, response: Response, signal: AbortSignal): AppError {
  const failure = AppError.from(signal.aborted ? signal.reason : error);
  if (failure.code !== 'run_timeout') return failure;
  const running = response.output.find((item) => item.type === 'function_call' && item.state === 'started');
  if (running?.type !== 'function_call') return failure;
  return new AppError('tool_timeout', `The run's time was over while ${running.name} was running.`, {
    cause: failure,
  });
}

function stopped(
  response: Response,
  changes: Pick<Response, 'status'> &
    Partial<Pick<Response, 'error' | 'incompleteReason' | 'completedAt' | 'cancelledAt'>>,
): ResponseEvent {
  return { type: `response.${changes.status}`, response: { ...snapshot(response), ...changes } };
}
