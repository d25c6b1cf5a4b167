import {
  cut,
  type ProviderCall,
  type ProviderStep,
  text,
  toolCall,
  wait,
} from '@antiphon/service-kit/testing';
import type { Effect, Effects } from './effects.ts';

/** What a tool call of a run does: read something, or change something. */
export type Deed = 'read' | 'write';

/** A run whose every step can be told from every other: its turns with tools, each with its calls. */
export interface MarkedRun {
  /** The text that its request says, and that its calls carry. */
  mark: string;
  turns: Deed[][];
  /** The turn whose first answer breaks off in its midst; the last one has no tools. Left out: none. */
  brokenTurn?: number | undefined;
}

/** What the model reads where a call may have taken effect and may not. */
const unknownOutcome = /outcome of this call is unknown|did not answer within/;

/** Whoever says this is asked back: the run pauses. */
export const askMe = 'Ask me';

/** What the model of a run says last. */
export function endOf(mark: string): string {
  return `The end of ${mark}.`;
}

interface Step {
  what: 'asked' | 'effect';
  turn: number;
}

/** Plays the model of marked runs, and writes down in one order what the model is asked and what tools do. */
export class MarkedRuns {
  private readonly runs = new Map<string, MarkedRun>();
  private readonly steps = new Map<string, Step[]>();
  /** What the model read of a call, by the call's path. */
  private readonly read = new Map<string, string>();

  constructor(
    private readonly effects: Effects,
    /** How long the model takes for one of the two halves of an answer. */
    private readonly thinkMs: () => number,
  ) {
    effects.onEffect = (effect) => this.note(effect);
  }

  add(run: MarkedRun): void {
    this.runs.set(run.mark, run);
    this.steps.set(run.mark, []);
  }

  /** For `ScriptedProvider.script`. */
  readonly script = (call: ProviderCall): (ProviderStep | ProviderStep[])[] => {
    if (call.userText === askMe) return toolCall('ask_the_user', {});
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
   * What was done twice that must be done once, in words. A process that wakes past its lease may ask the model once more before it learns
   * of its loss: that costs tokens, and its answer is not saved. `repeatsMax` is how many of these questions may be there.
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
   * The calls of runs that completed, and that had no effect: those of which the model was told so little that it may think they had, and
   * the paths of those of which it read that their outcome is unknown.
   */
  missingEffects(marks: Iterable<string>): { wrong: string[]; unknown: string[] } {
    const wrong: string[] = [];
    const unknown: string[] = [];
    for (const path of [...marks].flatMap((mark) => pathsOf(this.runs.get(mark)))) {
      if (this.effects.at(path).length > 0) continue;
      const told = this.read.get(path) ?? 'nothing';
      if (unknownOutcome.test(told)) unknown.push(path);
      else wrong.push(`${path} had no effect, and the model read: ${told}`);
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

  /** A tool runs after its turn was committed: whatever it did, the turn is not asked again, and neither are those before it. */
  private repeatedTurns(run: MarkedRun, kind: 'asked' | 'effect'): string[] {
    const wrong: string[] = [];
    let committed = -1;
    for (const { what, turn } of this.steps.get(run.mark) ?? []) {
      if (kind === what && what === 'asked' && turn <= committed)
        wrong.push(`${run.mark}: turn ${turn} was asked again`);
      if (kind === what && what === 'effect' && turn < committed)
        wrong.push(`${run.mark}: a tool of turn ${turn} ran again`);
      // The answer of the last turn is asked for when all tools of the one before are done.
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

/** Turns with tools that the model has had since its user last spoke. */
function turnOf({ body }: ProviderCall): number {
  const start = body.messages.findLastIndex(({ role }) => role === 'user');
  return body.messages.slice(start + 1).filter(({ tool_calls }) => (tool_calls?.length ?? 0) > 0).length;
}
