import {
  AppError,
  type FunctionCallItem,
  type Item,
  type Response,
  type ResponseEvent,
  type ServerTool,
} from '@antiphon/contracts';
import { answeredBy, outputEvents } from './call-events.ts';
import { effectiveToolCallsMax, type RunLimits } from '../limits.ts';
import { type OfferedTool, type OfferedTools, startOfCall } from './list-tools.ts';
import type { RunPorts, ToolCallRequest } from '../ports.ts';
import { newestImages } from './tool-images.ts';

/** A call that is to run now. */
export interface Execution {
  index: number;
  /** Its state is `started`. */
  call: FunctionCallItem;
  request: ToolCallRequest;
  /** Whether it may be made again when its outcome is unknown. */
  isRepeatable: boolean;
  /** The answer of a tool that the run has itself: the tool host is not called. */
  answer?: NonNullable<OfferedTool['answer']>;
}

export interface PreparedCalls {
  events: ResponseEvent[];
  executions: Execution[];
}

/** Characters of the model's text that a refusal quotes. */
const quotedMax = 200;

/** The output of a call that was running when its run was lost. */
export const unknownOutcome = 'The outcome of this call is unknown: it may have taken effect.';

/**
 * Settles each call of a response that has no output yet: new, proposed by the request, approved by the caller, or found `started` after the
 * run was taken over. A call runs, is refused, or waits for the caller. The events record it; storing them commits the start of the tools
 * before they run.
 */
export function prepareCalls(
  { response, history }: { response: Response; history: readonly Item[] },
  tools: OfferedTools,
  limits: RunLimits,
  ports: Pick<RunPorts, 'newId' | 'now'>,
): PreparedCalls {
  const changed: ResponseEvent[] = [];
  const outputs: ResponseEvent[] = [];
  const executions: Execution[] = [];
  for (const { index, call: found, place, serverCallsBefore } of openCalls(response)) {
    const call = found.state === 'proposed' ? begin(found, tools) : found;
    const verdict = judge(call, { response, tools, limits, serverCallsBefore });
    if (verdict === 'wait') {
      if (call !== found) changed.push({ type: 'item.changed', index, item: call });
      continue;
    }
    if (verdict instanceof AppError) {
      changed.push({
        type: 'item.changed',
        index,
        item: { ...call, state: 'done', error: verdict.toInfo() },
      });
      const outputIndex = response.output.length + outputs.length / 2;
      outputs.push(...outputEvents(outputIndex, { ...answeredBy(call), output: verdict.message }, ports));
      continue;
    }
    const started: FunctionCallItem = { ...call, state: 'started', startedAt: ports.now() };
    const { id: itemId, callId, name, depth } = call;
    changed.push({ type: 'item.changed', index, item: started });
    changed.push({ type: 'tool.started', index, itemId, callId, name, depth });
    executions.push({
      index,
      call: started,
      request: {
        name,
        server: verdict.origin?.server ?? null,
        ...(verdict.hosted && { hosted: verdict.hosted }),
        ...(call.detail && { detail: call.detail }),
        ...(verdict.takesImages && {
          images: newestImages([...history, ...response.input, ...response.output]),
        }),
        arguments: isBlank(call.arguments) ? '{}' : call.arguments,
        idempotencyKey: `${response.id}:${depth}:${place}`,
        timeoutMs: timeOf(verdict, limits),
      },
      isRepeatable: isRepeatable(verdict.tool),
      ...(verdict.answer && { answer: verdict.answer }),
    });
  }
  return { events: [...changed, ...outputs], executions };
}

/** The host of a hosted tool knows its time: making an image takes longer than other calls. */
function timeOf({ tool, hosted }: OfferedServerTool, { toolTimeoutMs }: RunLimits): number {
  return hosted ? tool.timeoutMs : Math.min(tool.timeoutMs, toolTimeoutMs);
}

function begin(proposed: FunctionCallItem, tools: OfferedTools): FunctionCallItem {
  return refusedIfUseless({ ...proposed, ...startOfCall(tools, proposed.name) });
}

/** A call that cannot run is refused at once instead of waiting for the caller. */
export function refusedIfUseless(call: FunctionCallItem): FunctionCallItem {
  const isUseless = call.state === 'pending_approval' && !isJsonObject(call.arguments);
  return isUseless ? { ...call, state: 'approved' } : call;
}

interface OpenCall {
  index: number;
  call: FunctionCallItem;
  /** Its place among the calls of its turn. */
  place: number;
  /** Server calls of the response before it. */
  serverCallsBefore: number;
}

function openCalls(response: Response): OpenCall[] {
  const open: OpenCall[] = [];
  let depth = -1;
  let place = 0;
  let serverCalls = 0;
  for (const [index, call] of response.output.entries()) {
    if (call.type !== 'function_call' || call.status !== 'completed') continue;
    place = call.depth === depth ? place + 1 : 0;
    depth = call.depth;
    if (call.state !== 'done') open.push({ index, call, place, serverCallsBefore: serverCalls });
    if (call.executor === 'server') serverCalls++;
  }
  return open;
}

type OfferedServerTool = OfferedTool & { tool: ServerTool };

/** The tool to run, a refusal for the model, or a wait for the caller. */
function judge(
  call: FunctionCallItem,
  run: { response: Response; tools: OfferedTools; limits: RunLimits; serverCallsBefore: number },
): OfferedServerTool | AppError | 'wait' {
  const { response, tools, limits, serverCallsBefore } = run;
  const offered = tools.get(call.name);
  if (call.state === 'started') {
    const mayRepeat = isOfServer(offered) && isRepeatable(offered.tool);
    return mayRepeat ? offered : new AppError('interrupted', unknownOutcome);
  }
  if (call.rejection !== undefined) return new AppError('invalid_request', call.rejection);
  if (call.state === 'pending_approval') return 'wait';
  // An approved call runs, whatever limits the model has reached since.
  if (response.toolChoice === 'none' && call.approvalRequestId === null)
    return new AppError('forbidden', 'No tool may be called here: answer without.');
  if (call.executor === 'client') return 'wait';
  if (!isOfServer(offered)) return new AppError('not_found', unknownTool(call.name, tools));
  if (!isJsonObject(call.arguments)) {
    return new AppError(
      'invalid_request',
      `The arguments are not a JSON object: ${call.arguments.slice(0, quotedMax)}`,
    );
  }
  const callsMax = effectiveToolCallsMax(response, limits);
  if (serverCallsBefore >= callsMax) {
    return new AppError('forbidden', `No more tool calls: a run may make at most ${callsMax}.`);
  }
  return offered;
}

/** Whether the call may be repeated under the same key. */
function isRepeatable({ annotations }: ServerTool): boolean {
  return annotations.readOnly || annotations.idempotent;
}

function isOfServer(offered: OfferedTool | undefined): offered is OfferedServerTool {
  return offered?.tool.executor === 'server';
}

function unknownTool(name: string, tools: OfferedTools): string {
  const known = [...tools.values()].filter(({ isDeferred }) => !isDeferred);
  const names = known.map(({ tool }) => tool.name).join(', ');
  return `There is no tool named ${name}. ${names === '' ? 'There are no tools.' : `The tools are: ${names}.`}`;
}

/** Whether a call's arguments are a JSON object. Some models write nothing for a tool without arguments. */
export function isJsonObject(text: string): boolean {
  if (isBlank(text)) return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
