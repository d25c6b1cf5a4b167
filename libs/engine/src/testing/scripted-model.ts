import { untilAborted } from '@antiphon/async';
import {
  type Caller,
  type FinishReason,
  type ModelDelta,
  type ModelRequest,
  type Usage,
} from '@antiphon/contracts';
import type { LanguageModel } from '../ports.ts';

/** One turn of the model: its bursts, then its end, an error, or silence. */
export interface ScriptedTurn {
  bursts: readonly (readonly ModelDelta[])[];
  /** `ends` by default. `hangs`: yields nothing more until the signal aborts. `ignoresAbort`: not even then. An error: throws it. */
  then?: 'ends' | 'hangs' | 'ignoresAbort' | Error;
}

/** A call of a script. Arguments as text stay as they are. */
export interface ScriptedCall {
  name: string;
  arguments?: object | string;
  callId?: string;
}

type AskedRequest = Omit<ModelRequest, 'caller'> & { caller: Caller };

/** A model that answers from a script, turn after turn, and records its requests. A turn may be computed from the request. */
export class ScriptedModel implements LanguageModel {
  readonly requests: AskedRequest[] = [];
  private readonly turns: (ScriptedTurn | ((request: AskedRequest) => ScriptedTurn))[];

  constructor(...turns: (ScriptedTurn | ((request: AskedRequest) => ScriptedTurn))[]) {
    this.turns = turns;
  }

  async *stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ModelDelta[], void, void> {
    const asked = { ...request, caller };
    const next = this.turns[this.requests.length];
    this.requests.push(asked);
    if (!next) throw new Error(`the script has no turn ${this.requests.length}`);
    const turn = typeof next === 'function' ? next(asked) : next;
    for (const burst of turn.bursts) yield burst;
    if (turn.then instanceof Error) throw turn.then;
    if (turn.then === 'hangs') await untilAborted(new Promise(() => undefined), signal);
    if (turn.then === 'ignoresAbort') await new Promise(() => {});
  }
}

/** A turn that answers with text, one burst for each given piece, and ends. */
export function says(...texts: string[]): ScriptedTurn {
  return { bursts: [...texts.map((text): ModelDelta[] => [{ type: 'text', text }]), [end('stop')]] };
}

/** A turn that calls tools in one burst and ends. Call ids are `call_<name>` unless they are given. */
export function asks(...calls: ScriptedCall[]): ScriptedTurn {
  const deltas = calls.flatMap(
    ({ name, arguments: args = {}, callId = `call_${name}` }, call): ModelDelta[] => [
      { type: 'call', call, callId, name },
      { type: 'arguments', call, text: typeof args === 'string' ? args : JSON.stringify(args) },
    ],
  );
  return { bursts: [deltas, [end('tool_calls')]] };
}

/** The last piece of an answer: 10 tokens in, 5 out. */
export function end(finishReason: FinishReason, usage: Partial<Usage> = {}): ModelDelta {
  const tokens = {
    inputTokens: 10,
    outputTokens: 5,
    totalTokens: 15,
    cachedInputTokens: 0,
    reasoningTokens: 0,
  };
  return { type: 'end', finishReason, model: 'test-model-1', usage: { ...tokens, ...usage } };
}
