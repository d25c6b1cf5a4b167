import {
  cut,
  type ProviderCall,
  type ProviderStep,
  text,
  toolCall,
  wait,
} from '@antiphon/service-kit/testing';
import type { Effect, Effects } from './effects.ts';

/** The kind of a tool call: it reads or it changes something. */
export type Deed = 'read' | 'write';

/** A run with identifiable steps: its turns with tools, each with its calls. */
export interface MarkedRun {
  /** The text of its request, which its calls carry, too. */
  mark: string;
  turns: Deed[][];
  /** The turn whose first answer breaks off; the last one has no tools. The default is none. */
  brokenTurn?: number | undefined;
}

/** The output that the model reads if a call may or may not have taken effect. */
const unknownOutcome = /outcome of this call is unknown|did not answer within/;

/** An input that makes the model call the caller's function, so that the run pauses. */
export const clientToolInput = 'Ask me';

/** The last text of a run's model. */
export function endOf(mark: string): string {
  return `The end of ${mark}.`;
}

interface Step {
  what: 'asked' | 'effect';
  turn: number;
}

/** Plays the model of marked runs, and records in one order the model requests and the effects of tools. */
export class MarkedRuns {
  private readonly runs = new Map<string, MarkedRun>();
  private readonly steps = new Map<string, Step[]>();
  /** The output that the model read, by the call's path. */
  private readonly read = new Map<string, string>();

  constructor(
    private readonly effects: Effects,
    /** The milliseconds that each half of an answer takes. */
    private readonly thinkMs: () => number,
  ) {
    effects.onEffect = (effect) => this.note(effect);
  }

  add(run: MarkedRun): void {
    this.runs.set(run.mark, run);
    this.steps.set(run.mark, []);
  }

  /** The script for `ScriptedProvider.script`. */
  readonly script = (call: ProviderCall): (ProviderStep | ProviderStep[])[] => {
    if (call.userText === clientToolInput) return toolCall('ask_the_user', {});
    const run = this.runs.get(call.userText);
    if (!run) return [text('Hello', ' there', '.')];
    const turn = turnOf(call);
    this.steps.get(run.mark)?.push({ what: 'asked', turn });
    this.noteOutputs(run, call);
    if (run.brokenTurn === turn) {
      run.brokenTurn = undefined;
      return [text('I look. '), wait(this.thinkMs()), cut()];
    }
    const deeds = run.turns[turn];
    if (!deeds) return [text('The end'), wait(this.thinkMs()), text(` of ${run.mark}.`)];
    return [
      text('I look. '),
      wait(this.thinkMs()),
      deeds.map((deed, place) => this.call(run, deed, turn, place)).flat(),
    ];
  };

  /**
   * Returns what was wrongly repeated, as sentences. A process that wakes after its lease may request one more turn before it notices:
   * that costs tokens, and the answer is not saved. `repeatsMax` is the number of such requests that may occur.
   */
  violations({ repeatsMax = 0 } = {}): string[] {
    const runs = [...this.runs.values()];
    const repeats = runs.flatMap((run) => this.repeatedTurns(run, 'asked'));
    return [
      ...(repeats.length > repeatsMax ? repeats : []),
      ...runs.flatMap((run) => [...this.repeatedTurns(run, 'effect'), ...this.repeatedEffects(run)]),
    ];
  }

  /**
   * Returns the calls of completed runs without an effect: `unknown` are the paths of those whose outcome the model read to be unknown,
   * `wrong` describes all others.
   */
  missingEffects(marks: Iterable<string>): { wrong: string[]; unknown: string[] } {
    const wrong: string[] = [];
    const unknown: string[] = [];
    for (const path of [...marks].flatMap((mark) => pathsOf(this.runs.get(mark)))) {
      if (this.effects.at(path).length > 0) continue;
      const output = this.read.get(path) ?? 'nothing';
      if (unknownOutcome.test(output)) unknown.push(path);
      else wrong.push(`${path} had no effect, and the model read: ${output}`);
    }
    return { wrong, unknown };
  }

  private noteOutputs(run: MarkedRun, { body }: ProviderCall): void {
    const start = body.messages.findLastIndex(({ role }) => role === 'user');
    for (const { role, content, tool_call_id: id } of body.messages.slice(start + 1)) {
      const [, turn, place] = /^call_(\d+)_(\d+)$/.exec(id ?? '') ?? [];
      const deed = run.turns[Number(turn)]?.[Number(place)];
      if (role === 'tool' && deed)
        this.read.set(pathOf(run, deed, Number(turn), Number(place)), JSON.stringify(content));
    }
  }

  private call(run: MarkedRun, deed: Deed, turn: number, place: number): ProviderStep[] {
    const url = `${this.effects.url}${pathOf(run, deed, turn, place)}`;
    const options = { id: `call_${turn}_${place}`, index: place };
    return deed === 'read'
      ? toolCall('get_http_requests', { url }, options)
      : toolCall('post_http_requests', { url, input_data: { from: run.mark } }, options);
  }

  /** A tool runs after its turn was committed, so neither this turn nor an earlier one may be requested again. */
  private repeatedTurns(run: MarkedRun, kind: 'asked' | 'effect'): string[] {
    const wrong: string[] = [];
    let committed = -1;
    for (const { what, turn } of this.steps.get(run.mark) ?? []) {
      if (kind === what && what === 'asked' && turn <= committed)
        wrong.push(`${run.mark}: turn ${turn} was repeated`);
      if (kind === what && what === 'effect' && turn < committed)
        wrong.push(`${run.mark}: a tool of turn ${turn} ran again`);
      // The last model call comes after all tools of the previous turn.
      committed = Math.max(committed, what === 'effect' ? turn : turn - 1);
    }
    return wrong;
  }

  private repeatedEffects(run: MarkedRun): string[] {
    return pathsOf(run).flatMap((path) => {
      const done = this.effects.at(path);
      if (path.startsWith('/write') && done.length > 1) return [`${path} was written ${done.length} times`];
      const keys = new Set(done.map(({ key }) => key));
      return keys.size > 1 ? [`${path} was called under ${keys.size} keys`] : [];
    });
  }

  private note({ path }: Effect): void {
    const [, , mark = '', turn] = path.split('/');
    this.steps.get(mark)?.push({ what: 'effect', turn: Number(turn) });
  }
}

function pathOf(run: MarkedRun, deed: Deed, turn: number, place: number): string {
  return `/${deed}/${run.mark}/${turn}/${place}`;
}

function pathsOf(run: MarkedRun | undefined): string[] {
  if (!run) return [];
  return run.turns.flatMap((deeds, turn) => deeds.map((deed, place) => pathOf(run, deed, turn, place)));
}

/** Counts the turns with tools since the last user message. */
function turnOf({ body }: ProviderCall): number {
  const start = body.messages.findLastIndex(({ role }) => role === 'user');
  return body.messages.slice(start + 1).filter(({ tool_calls }) => (tool_calls?.length ?? 0) > 0).length;
}
