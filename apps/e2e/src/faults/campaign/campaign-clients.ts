import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../checks/random.ts';
import { framesOf, type JanClient, type JanResponse } from '../../clients/jan-client.ts';
import { serviceFaultEveryMs, type Victims } from './fault-injector.ts';
import type { FaultSystem } from '../fault-system.ts';
import { type Deed, endOf, type MarkedRuns } from '../marked-runs.ts';

export type Clients = readonly [JanClient, ...JanClient[]];

/** How long a client repeats a request while parts are away. */
const patienceMs = 300_000;
const requestTimeoutMs = 10_000;
const streamTimeoutMs = 15_000;
const pollMs = 100;
/** More refusals than this for each accepted run mean that the system does not work. */
const refusalsMax = 20;
const turnsOfConversation = 4;
/** The share of runs with a turn that breaks off. */
const brokenShare = 0.2;
/** The statuses that a request may get while a part is away. Any other is a violation. */
const refusals = [503];
const stopped = ['completed', 'failed', 'cancelled'];

/** The clients of a campaign: they submit background runs, stream, follow and converse, and count what they get. */
export class CampaignClients {
  /** The marks of accepted background runs, by response id. */
  readonly accepted = new Map<string, string>();
  /** The ids of foreground streams. */
  readonly streamed = new Set<string>();
  /** The marks of runs that were followed to their end. */
  readonly followedMarks: string[] = [];
  refused = 0;
  turns = 0;
  private isOver = false;

  constructor(
    private readonly faults: FaultSystem,
    private readonly marked: MarkedRuns,
    private readonly options: { random: Random; runs: number; faults: number; victims: Victims },
    private readonly violate: (promise: string) => void,
  ) {}

  /** Resolves when enough runs are accepted, all faults are over (`faulting`) and every stream and conversation has ended. */
  async run(clients: Clients, faulting: Promise<void>): Promise<void> {
    const { random, runs } = this.options;
    const [submitting, streaming] = [random.fork(), random.fork()];
    const streams = this.streamRuns(clients, streaming);
    const others = Array.from({ length: Math.ceil(runs / 30) }, (_, i) => [
      this.followRun(clients, `followed-${i}`, random.fork()),
      this.converse(clients, `talk-${i}`, random.fork()),
    ])
      .flat()
      .map((other) => other.catch((error: Error) => this.violate(error.message)));
    await Promise.all([this.submitRuns(clients, submitting), faulting]);
    this.isOver = true;
    await Promise.all([streams, ...others]);
  }

  /** Repeats a request until it has a result, while any part may be away. */
  async untilResult<Result>(
    what: string,
    send: () => Promise<Result>,
  ): Promise<Exclude<Result, null | false>> {
    const timeout = AbortSignal.timeout(patienceMs);
    for (;;) {
      const result = await send().catch(() => null);
      // The type checker does not narrow a type parameter.
      if (result !== null && result !== false) return result as Exclude<Result, null | false>;
      if (timeout.aborted) throw new Error(`${what} did not succeed in time`);
      await delay(pollMs);
    }
  }

  /** Sends creates until enough runs are accepted. */
  private async submitRuns(clients: Clients, random: Random): Promise<void> {
    const { runs } = this.options;
    for (let i = 0; this.accepted.size < runs; i++) {
      if (this.refused > runs * refusalsMax) {
        this.violate(`only ${this.accepted.size} of ${i} requests were accepted`);
        return;
      }
      const mark = this.newRun(`run-${i}`, random, { mayBreakOff: true });
      const webhook_url = this.faults.system.receiver.at(mark);
      const body = { input: mark, background: true, metadata: { webhook_url } };
      try {
        const answer = await random
          .pick(clients)
          .create(body, { signal: AbortSignal.timeout(requestTimeoutMs) });
        if (answer.status === 200) this.accepted.set(answer.body.id, mark);
        else this.refuse(mark, answer.status, answer.text);
      } catch {
        this.refused++; // the instance was away, or died before it answered
        await delay(pollMs);
      }
      await delay(random.integer(0, this.submitEveryMaxMs));
    }
  }

  /** Slow where faults are slow, so that faults meet runs. */
  private get submitEveryMaxMs(): number {
    const { victims, faults, runs } = this.options;
    return victims === 'all' ? 60 : Math.ceil((2 * serviceFaultEveryMs * faults) / runs);
  }

  private async streamRuns(clients: Clients, random: Random): Promise<void> {
    for (let i = 0; i < this.options.runs / 5 && !this.isOver; i++) {
      const mark = this.newRun(`stream-${i}`, random);
      try {
        const answer = await random.pick(clients).open({ input: mark }, AbortSignal.timeout(streamTimeoutMs));
        const id = answer.headers.get('x-response-id');
        if (id !== null) this.streamed.add(id);
        else this.refuse(mark, answer.status, await answer.text());
        await answer.body?.pipeTo(new WritableStream());
      } catch {
        // The stream broke off with its server; the campaign checks its response at the end.
        await delay(pollMs);
      }
    }
  }

  /** Reads a background stream to its end, on any instance; after each break it resumes after the last event. */
  private async followRun(clients: Clients, name: string, random: Random): Promise<void> {
    const mark = this.newRun(name, random);
    const tools = [{ type: 'mcp', server_label: 'antiphon', require_approval: 'never' }];
    const body = { model: 'gpt-scripted', input: mark, background: true, stream: true, tools };
    const id = await this.createOnce(clients, random, '/v1/responses', body);
    const events: StreamEvent[] = [];
    const timeout = AbortSignal.timeout(patienceMs);
    while (!timeout.aborted && !isEnd(events.at(-1))) {
      await this.readOn(random.pick(clients), id, events).catch(() => delay(pollMs)); // it broke off with its server
    }
    const numbers = events.map(({ sequence_number: number }) => number);
    if (numbers.some((number, place) => number !== place))
      this.violate(`the stream of ${mark} has the events ${numbers.join()}`);
    if (!JSON.stringify(events.at(-1)).includes(endOf(mark)))
      this.violate(`the stream of ${mark} ends with ${JSON.stringify(events.at(-1))}`);
    this.followedMarks.push(mark);
  }

  private async readOn(client: JanClient, id: string, events: StreamEvent[]): Promise<void> {
    const after = events.length > 0 ? `&starting_after=${events.at(-1)?.sequence_number}` : '';
    const answer = await fetch(`${client.url}/v1/responses/${id}?stream=true${after}`, {
      headers: client.headers,
      signal: AbortSignal.timeout(streamTimeoutMs),
    });
    if (answer.status !== 200) return this.refuse(id, answer.status, await answer.text());
    for await (const frame of framesOf(answer)) {
      const json = 'comment' in frame ? /^event: .*\ndata: (\{.*)$/.exec(frame.comment)?.[1] : undefined;
      if (json !== undefined) events.push(JSON.parse(json) as StreamEvent);
    }
  }

  /** Runs a conversation of background turns, one after the other; the last turn must see all of them. */
  private async converse(clients: Clients, name: string, random: Random): Promise<void> {
    const conversation = await this.untilResult(`a conversation for ${name}`, () =>
      random.pick(clients).newConversation(),
    );
    const marks: string[] = [];
    let id = '';
    for (let turn = 0; turn < turnsOfConversation; turn++) {
      const mark = this.newRun(`${name}-${turn}`, random, { mayBreakOff: true });
      const metadata = { webhook_url: this.faults.system.receiver.at(mark) };
      const body = { model: 'jan-v2-30b', input: mark, conversation, background: true, metadata };
      id = await this.createOnce(clients, random, '/responses/v1/responses', body);
      this.accepted.set(id, mark);
      marks.push(mark);
      this.turns++;
      await this.untilResult(`the end of ${mark}`, async () =>
        stopped.includes((await random.pick(clients).get(id)).body.status),
      );
    }
    const inputs = await this.untilResult(`the input of ${id}`, async () => {
      const { status, body } = await random.pick(clients).inputItems(id);
      return status === 200 && body;
    });
    const messages = inputs.filter(({ content }) =>
      marks.some((mark) => content === mark || content.endsWith(endOf(mark))),
    );
    const expected = marks.flatMap((mark) => [mark, endOf(mark)]).slice(0, -1);
    if (
      messages.length !== expected.length ||
      messages.some(({ content }, i) => !content.endsWith(expected[i] ?? ''))
    )
      this.violate(`${conversation} holds ${JSON.stringify(messages)}`);
  }

  /** Repeats a create under one idempotency key until it is answered. Resolves to the response's id. */
  private async createOnce(clients: Clients, random: Random, path: string, body: unknown): Promise<string> {
    const key = crypto.randomUUID();
    return this.untilResult(`a create at ${path}`, async () => {
      const client = random.pick(clients);
      const answer = await fetch(`${client.url}${path}`, {
        method: 'POST',
        headers: { ...client.headers, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      if (answer.status !== 200) {
        this.refuse(path, answer.status, await answer.text());
        return null;
      }
      const id = answer.headers.get('x-response-id');
      if (id === null) return ((await answer.json()) as JanResponse).id;
      await answer.body?.cancel();
      return id;
    });
  }

  private refuse(mark: string, status: number, text: string): void {
    this.refused++;
    if (!refusals.includes(status)) this.violate(`the request of ${mark} got ${status}: ${text}`);
  }

  /** `mayBreakOff`: a turn may break off, which does not fail a run that no client reads before its end. */
  private newRun(name: string, random: Random, { mayBreakOff = false } = {}): string {
    const deed = (): Deed => (random.next() < 0.5 ? 'read' : 'write');
    const turns = Array.from({ length: random.integer(0, 3) }, () =>
      Array.from({ length: random.integer(1, 2) }, deed),
    );
    const mark = `${name}-${Math.floor(random.next() * 1e6)}`;
    const brokenTurn =
      mayBreakOff && random.next() < brokenShare ? random.integer(0, turns.length) : undefined;
    this.marked.add({ mark, turns, brokenTurn });
    return mark;
  }
}

/** The fields of a stream's event that the campaign checks. */
interface StreamEvent {
  type: string;
  sequence_number: number;
}

function isEnd(event: StreamEvent | undefined): boolean {
  return /^response\.(completed|failed|incomplete)$/.test(event?.type ?? '');
}
