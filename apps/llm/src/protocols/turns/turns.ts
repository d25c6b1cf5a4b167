import {
  AppError,
  type ContentPart,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type Item,
  type JsonObject,
  type ReasoningItem,
  textOf,
} from '@antiphon/contracts';
import { asJson, objectsOf } from '../../providers/json-object.ts';
import { argumentsObject } from '../requests/call-arguments.ts';
import { PendingOutputs } from '../requests/pending-outputs.ts';
import { CallIds } from './call-ids.ts';
import { acceptedName } from './tool-names.ts';

/** A piece of a turn. `place` is the path of its content in the request, for error messages. */
export type TurnPart =
  | { kind: 'content'; part: ContentPart; place: string }
  /** The parts of one thought, as the account sent them. */
  | { kind: 'thought'; details: readonly JsonObject[] }
  | { kind: 'call'; id: string; name: string; input: JsonObject }
  /** A call that the account ran itself, with its result: the parts as the account sent them. */
  | { kind: 'ran'; details: readonly JsonObject[] }
  | {
      kind: 'output';
      id: string;
      output: FunctionCallOutputItem['output'];
      isFailed: boolean;
      place: string;
    };

export interface Turn {
  role: 'user' | 'assistant';
  /** At least one. The outputs of calls come first. */
  parts: TurnPart[];
}

/** A conversation as APIs of content blocks demand it. */
export interface Turns {
  system: string[];
  /** They alternate, and begin and end with the user. */
  turns: Turn[];
}

/** The first user message of a conversation that begins with the model. */
const opening = '(The conversation begins with the next message.)';
/** The last user message of a conversation that ends with the model: newer models refuse to continue their last message. */
const goingOn = 'Continue.';

/**
 * Orders a conversation into turns that alternate: all calls of a turn, then the output of each, for a history from any API. Thoughts
 * are those of this account; `isThought` selects the parts of them that this API knows. Later system messages become the user's text in
 * their place. Throws `model_refused` for a request without any message.
 */
export function toTurns(
  { instructions, items }: { instructions: string | null; items: readonly Item[] },
  account: string,
  isThought: (detail: JsonObject) => boolean,
): Turns {
  const history = new TurnWriter(items, account, isThought);
  history.write();
  const system = [instructions ?? '', ...history.system].filter((text) => text.trim() !== '');
  const { turns } = history;
  if (turns.length === 0) {
    const only = system.pop();
    if (only === undefined)
      throw new AppError('model_refused', 'The request has no message', { param: 'items' });
    turns.push({ role: 'user', parts: [textPart(only)] });
  }
  if (turns[0]?.role === 'assistant') turns.unshift({ role: 'user', parts: [textPart(opening)] });
  if (turns.at(-1)?.role === 'assistant') turns.push({ role: 'user', parts: [textPart(goingOn)] });
  return { system, turns };
}

/** Whether the latest calls have no thought before them. */
export function lacksThoughts(turns: readonly Turn[]): boolean {
  if (turns.at(-1)?.parts[0]?.kind !== 'output') return false;
  return turns.at(-2)?.parts[0]?.kind !== 'thought';
}

/** The turns with calls and outputs in words, for a request without tools at an API that then refuses them. */
export function withCallsAsText(turns: readonly Turn[]): Turn[] {
  return turns.map(({ role, parts }) => ({ role, parts: parts.flatMap(asText) }));
}

function asText(part: TurnPart): TurnPart[] {
  if (part.kind === 'call') return [textPart(`[I called ${part.name} with ${JSON.stringify(part.input)}.]`)];
  if (part.kind !== 'output') return [part];
  const { output, place } = part;
  const said = contentParts(typeof output === 'string' ? [text(output)] : output, place);
  return [textPart('[The output of the call:]'), ...said.filter(isSaid)];
}

class TurnWriter {
  readonly system: string[] = [];
  readonly turns: Turn[] = [];
  private readonly outputs: PendingOutputs;
  private readonly ids: CallIds;
  /** Thoughts wait for the text or the calls after them: alone they make no turn. */
  private thoughts: TurnPart[] = [];

  constructor(
    private readonly items: readonly Item[],
    private readonly account: string,
    private readonly isThought: (detail: JsonObject) => boolean,
  ) {
    this.outputs = new PendingOutputs(items);
    this.ids = new CallIds(account);
  }

  write(): void {
    const { items } = this;
    for (let position = 0; position < items.length; position++) {
      const item = items[position];
      if (item?.type === 'reasoning') this.think(item);
      else if (item?.type === 'message') this.say(item, position);
      else if (item?.type === 'function_call') position = this.call(position);
      else if (item?.type === 'function_call_output' && !this.outputs.isTaken(item))
        this.addLoneOutput(item, position);
    }
  }

  private think({ origin }: ReasoningItem): void {
    if (origin?.provider !== this.account) return;
    const details = (origin.details ?? []).filter(this.isThought);
    if (details.length > 0) this.thoughts.push({ kind: 'thought', details });
  }

  private say(item: Item & { type: 'message' }, position: number): void {
    const isSystem = item.role === 'system' || item.role === 'developer';
    if (isSystem && this.turns.length === 0 && this.thoughts.length === 0) {
      this.system.push(textOf(item.content));
      return;
    }
    if (item.role === 'assistant') {
      const said = item.content.map((part) => (part.type === 'refusal' ? part.refusal : textOf([part])));
      const parts = said.filter((text) => text.trim() !== '').map(textPart);
      if (parts.length > 0) this.turn('assistant').push(...this.takeThoughts(), ...parts);
      return;
    }
    this.thoughts = [];
    const parts = isSystem
      ? [textPart(textOf(item.content))]
      : contentParts(item.content, `items[${position}].content`);
    const said = parts.filter(isSaid);
    if (said.length > 0) this.turn('user').push(...said);
  }

  /** The calls of a turn and their outputs. Returns the position of the last call. */
  private call(start: number): number {
    const parts = this.takeThoughts();
    const calls: { call: FunctionCallItem; id: string }[] = [];
    let last = start;
    for (let position = start; position < this.items.length; position++) {
      const item = this.items[position];
      if (item?.type === 'reasoning') this.think(item);
      else if (item?.type === 'function_call' && this.ranBy(item).length > 0) {
        parts.push(...this.takeThoughts(), { kind: 'ran', details: this.ranBy(item) });
        this.outputs.take(item);
        last = position;
      } else if (item?.type === 'function_call') {
        const id = this.ids.next(item);
        parts.push(...this.takeThoughts(), {
          kind: 'call',
          id,
          name: acceptedName(item.name),
          input: argumentsObject(item.arguments),
        });
        calls.push({ call: item, id });
        last = position;
      } else break;
    }
    // The thoughts after the last call are read again.
    this.thoughts = [];
    this.turn('assistant').push(...parts);
    for (const { call, id } of calls) {
      const output = this.outputs.take(call);
      const position = this.items.findIndex((item) => 'output' in item && item.output === output);
      const place = `items[${position}].output`;
      this.turn('user').push({ kind: 'output', id, output, isFailed: call.error !== null, place });
    }
    return last;
  }

  /** The parts of a call that this account ran. */
  private ranBy({ origin }: FunctionCallItem): JsonObject[] {
    const blocks = origin?.provider === this.account ? origin.extraContent['blocks'] : undefined;
    return objectsOf(blocks).map(asJson);
  }

  /** An output whose call is not part of the context. */
  private addLoneOutput(item: FunctionCallOutputItem, position: number): void {
    this.thoughts = [];
    const parts = typeof item.output === 'string' ? [text(item.output)] : item.output;
    const said = contentParts(
      [text('The output of an earlier tool call:'), ...parts],
      `items[${position}].output`,
    );
    this.turn('user').push(...said.filter(isSaid));
  }

  private takeThoughts(): TurnPart[] {
    const thoughts = this.thoughts;
    this.thoughts = [];
    return thoughts;
  }

  private turn(role: Turn['role']): TurnPart[] {
    const last = this.turns.at(-1);
    if (last?.role === role) return last.parts;
    const turn: Turn = { role, parts: [] };
    this.turns.push(turn);
    return turn.parts;
  }
}

function text(value: string): ContentPart {
  return { type: 'text', text: value };
}

function textPart(value: string): TurnPart {
  return { kind: 'content', part: text(value), place: '' };
}

function contentParts(parts: readonly ContentPart[], place: string): TurnPart[] {
  return parts.map((part, position) => ({ kind: 'content', part, place: `${place}[${position}]` }));
}

/** The APIs refuse empty texts. */
function isSaid(part: TurnPart): boolean {
  return part.kind !== 'content' || part.part.type !== 'text' || part.part.text.trim() !== '';
}
