import {
  addUsage,
  isLifecycleEvent,
  type Item,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';

/** The bursts and events that a consumer received from a run. */
export interface CollectedRun {
  bursts: ResponseEvent[][];
  /** All of them, in order. */
  events: ResponseEvent[];
  /** The response of the last event. */
  response: Response;
}

/**
 * Runs to the end and checks the rules of every run (`brokenRules`). Throws where one is broken.
 * `onBurst` is the consumer: the run waits until it is done.
 */
export async function collectRun(
  from: Response,
  run: AsyncIterable<readonly ResponseEvent[]>,
  onBurst: (burst: readonly ResponseEvent[]) => void | Promise<void> = () => {},
): Promise<CollectedRun> {
  const before = structuredClone(from);
  const bursts: ResponseEvent[][] = [];
  const asYielded: ResponseEvent[][] = [];
  for await (const burst of run) {
    bursts.push([...burst]);
    asYielded.push(structuredClone([...burst]));
    await onBurst(burst);
  }
  const broken = brokenRules(before, asYielded);
  if (!same(bursts, asYielded)) broken.push('an event changed after it was yielded');
  if (!same(from, before)) broken.push('the response that was handed in changed');
  const events = bursts.flat();
  const last = events.at(-1);
  if (broken.length > 0 || !last || !isLifecycleEvent(last)) {
    throw new Error(`${broken.join('\n')}\n${JSON.stringify(events)}`);
  }
  return { bursts, events, response: last.response };
}

/** The rules of every run that these events break, as sentences. */
export function brokenRules(from: Response, bursts: readonly (readonly ResponseEvent[])[]): string[] {
  const broken: string[] = [];
  const demand = (holds: boolean, rule: string) => void (holds || broken.push(rule));
  const output: Item[] = [...from.output];
  const sums = new Map<number, DeltaSums>();
  const open = new Set(from.output.flatMap((item, index) => (item.status === 'in_progress' ? [index] : [])));
  /** Finished items of an unfinished turn. */
  const doneInTurn = new Set<number>();
  const running = new Set<number>();
  let usage = from.usage;
  let modelUsed = from.modelUsed;
  const events = bursts.flat();
  demand(
    bursts.every((burst) => burst.length > 0),
    'no burst is empty',
  );

  for (const [place, event] of events.entries()) {
    switch (event.type) {
      case 'item.added':
        demand(event.index === output.length, `item.added ${event.index}: indexes have no gap`);
        demand(event.item.status === 'in_progress', `item.added ${event.index}: is in progress`);
        demand(
          [...open].every((index) => isSideBySide(output[index])),
          `item.added ${event.index}: the items before it are done`,
        );
        output[event.index] = event.item;
        open.add(event.index);
        sums.set(event.index, {
          'text.delta': '',
          'refusal.delta': '',
          'reasoning.delta': '',
          'arguments.delta': '',
        });
        break;
      case 'text.delta':
      case 'refusal.delta':
      case 'reasoning.delta':
      case 'arguments.delta': {
        const sum = sums.get(event.index);
        demand(
          open.has(event.index) && event.delta !== '',
          `${event.type} ${event.index}: adds to an open item`,
        );
        demand(output[event.index]?.id === event.itemId, `${event.type} ${event.index}: names its item`);
        if (sum) sum[event.type] += event.delta;
        break;
      }
      case 'citation.added':
        demand(open.has(event.index), `citation.added ${event.index}: adds to an open item`);
        demand(output[event.index]?.id === event.itemId, `citation.added ${event.index}: names its item`);
        break;
      case 'item.done': {
        demand(open.delete(event.index), `item.done ${event.index}: ends an open item, once`);
        demand(event.item.status !== 'in_progress', `item.done ${event.index}: is not in progress`);
        demand(
          output[event.index]?.id === event.item.id,
          `item.done ${event.index}: is the item that was added`,
        );
        const sum = sums.get(event.index);
        demand(!sum || addsUpTo(sum, event.item), `item.done ${event.index}: is what its deltas add up to`);
        output[event.index] = event.item;
        if (event.isTurnOpen) doneInTurn.add(event.index);
        break;
      }
      case 'item.changed': {
        const item = output[event.index];
        const isSame = item?.id === event.item.id && item.type === event.item.type;
        const isOpen = open.has(event.index);
        demand(
          isSame && isOpen === (event.item.status === 'in_progress'),
          `item.changed ${event.index}: keeps an item open or done`,
        );
        output[event.index] = event.item;
        break;
      }
      case 'tool.started':
        demand(output[event.index]?.id === event.itemId, `tool.started ${event.index}: names its item`);
        demand(!running.has(event.index), `tool.started ${event.index}: once`);
        running.add(event.index);
        break;
      case 'tool.finished':
        demand(output[event.index]?.id === event.itemId, `tool.finished ${event.index}: names its item`);
        running.delete(event.index);
        break;
      case 'model.retried':
        for (const index of [...output.keys()].slice(event.index))
          demand(
            open.delete(index) || doneInTurn.has(index),
            `model.retried ${event.index}: takes back items of an unfinished turn`,
          );
        output.length = Math.min(output.length, event.index);
        usage = addUsage(usage, event.usage);
        break;
      case 'model.finished':
        doneInTurn.clear();
        usage = addUsage(usage, event.usage);
        modelUsed = event.model;
        break;
      default:
        demand(place === events.length - 1, 'a lifecycle event is the last event');
        demand(event.type === `response.${event.response.status}`, 'the last event is of its status');
    }
  }

  const last = events.at(-1);
  if (!last || !isLifecycleEvent(last)) return [...broken, 'the last event is a lifecycle event'];
  const { response } = last;
  demand(open.size === 0, 'every item is done');
  demand(running.size === 0, 'every tool is finished');
  demand(same(response.output, output), 'the output is the items of their last events');
  // The usage of a turn that was cut off is estimated, and has no event.
  const mayHaveCut = response.status === 'failed' || response.status === 'cancelled';
  const isWholeUsage = same(response.usage, usage);
  const isMore = mayHaveCut && response.usage.totalTokens > usage.totalTokens;
  demand(isWholeUsage || isMore, 'the usage is that of every turn');
  demand(response.modelUsed === modelUsed, 'the model is that of the last turn');
  const calls = response.output.filter((item) => item.type === 'function_call');
  demand(new Set(calls.map((call) => call.callId)).size === calls.length, 'no two calls have one id');
  if (response.status === 'completed') {
    const isAnswered = (callId: string) =>
      response.output.filter((item) => item.type === 'function_call_output' && item.callId === callId)
        .length === 1;
    demand(
      calls.every(
        (call) => call.status !== 'completed' || (call.state === 'done' && isAnswered(call.callId)),
      ),
      'every call of a completed response has one output',
    );
  }
  return broken;
}

/** Several calls may be written, and several servers listed, at the same time. */
function isSideBySide(item: Item | undefined): boolean {
  return item?.type === 'function_call' || item?.type === 'mcp_list_tools';
}

type DeltaSums = Record<'text.delta' | 'refusal.delta' | 'reasoning.delta' | 'arguments.delta', string>;

function addsUpTo(sums: DeltaSums, item: Item): boolean {
  switch (item.type) {
    case 'message': {
      const text = item.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
      const refusal = item.content.map((part) => (part.type === 'refusal' ? part.refusal : '')).join('');
      return text === sums['text.delta'] && refusal === sums['refusal.delta'];
    }
    case 'reasoning':
      return item.text === sums['reasoning.delta'];
    case 'function_call':
      return item.arguments === sums['arguments.delta'];
    case 'function_call_output':
    case 'mcp_list_tools':
    case 'additional_tools':
    case 'approval_response':
    case 'compaction':
      return true;
  }
}

/** Compares plain data by its JSON, which is exact for values made by the same code. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
