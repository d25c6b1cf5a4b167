import { setTimeout as delay } from 'node:timers/promises';
import type { AppProcess } from '../system/app-process.ts';
import { framesOf, JanClient, type JanResponse } from '../clients/jan-client.ts';
import type { FaultSystem } from './fault-system.ts';
import { endedTwice, movesOf } from './journal.ts';
import { askMe, type Deed, endOf, MarkedRuns } from './marked-runs.ts';
import type { Random } from './random.ts';

export interface CampaignOptions {
  random: Random;
  /** Background runs that are to be accepted. A fifth as many are streamed beside them, and some followed or said in conversations. */
  runs: number;
  faults: number;
  /** What dies: any part, or only the services that a run asks, one every few seconds. */
  victims: 'all' | 'llm and mcp';
  /** Gets how far it has come. */
  report: (progress: string) => void;
}

export interface CampaignReport {
  accepted: number;
  refused: number;
  /** Foreground streams, which end with their server. */
  streams: number;
  /** Background streams that were read to their end, resumed wherever they broke off. */
  followed: number;
  /** Turns of conversations. */
  turns: number;
  /** Tool calls of completed runs whose effect is missing, and of which the model read that their outcome is unknown. */
  unknownOutcomes: string[];
  /** What was done, in order. */
  faults: string[];
  /** Promises that were broken, in words. */
  violations: string[];
}

const settleTimeoutMs = 60_000;
/** How long anyone asks on for what must come while parts are away. */
const patienceMs = 300_000;
const startTimeoutMs = 60_000;
const requestTimeoutMs = 10_000;
const streamTimeoutMs = 15_000;
const longerThanLeasesMs = 3_500;
const pollMs = 100;
const reportMs = 10_000;
/** An access token lasts for longer, a campaign on a slow machine may not end before. */
const renewMs = 240_000;
/** Of so many refusals for each run that is accepted the system is not one that works. */
const refusalsMax = 20;
const turnsOfConversation = 4;
/** How far the faults of services that runs ask are apart, on average. */
const serviceFaultEveryMs = 1_750;
/** Of the runs whose turns may break off. */
const brokenShare = 0.2;
/** Parts that are away or coming back at the same time. */
const ailingMax = 2;
/** What a part that is away may make of a request. Anything else is an error of ours. */
const refusals = [503];
const stopped = ['completed', 'failed', 'cancelled'];

type Clients = readonly [JanClient, ...JanClient[]];

/** Submits marked runs while parts of the system die at random, lets everything come back, and counts. */
export async function runCampaign(faults: FaultSystem, options: CampaignOptions): Promise<CampaignReport> {
  const campaign = new Campaign(faults, options);
  return campaign.run();
}

class Campaign {
  private readonly marked: MarkedRuns;
  private readonly accepted = new Map<string, string>();
  private readonly streamed = new Set<string>();
  /** The marks of runs that were followed to their end. */
  private readonly followedMarks: string[] = [];
  private readonly done: string[] = [];
  private readonly violations: string[] = [];
  /** Whose faults are not over: they are left alone. */
  private readonly ailing = new Set<string>();
  private refused = 0;
  private turns = 0;
  private isOver = false;

  constructor(
    private readonly faults: FaultSystem,
    private readonly options: CampaignOptions,
  ) {
    const thinking = options.random.fork();
    this.marked = new MarkedRuns(faults.effects, () => thinking.integer(5, 150));
  }

  async run(): Promise<CampaignReport> {
    const { system, responses } = this.faults;
    const { random, runs } = this.options;
    let login = await system.login();
    const clients = responses.map(({ url }) => new JanClient(url, login.access_token)) as [
      JanClient,
      JanClient,
    ];
    const renew = async () => {
      login = await system.refresh(login);
      for (const client of clients) client.token = login.access_token;
    };
    system.provider.script = this.marked.script;
    const before = await prepareStanding(clients[0]);

    const reports = setInterval(() => this.tell(), reportMs);
    const renewals = setInterval(() => void renew().catch(() => undefined), renewMs); // or the next time
    const [breaking, submitting, streaming] = [random.fork(), random.fork(), random.fork()];
    const beside = Math.ceil(runs / 30);
    const streams = this.streamRuns(clients, streaming);
    const besides = Array.from({ length: beside }, (_, i) => [
      this.followRun(clients, `followed-${i}`, random.fork()),
      this.converse(clients, `talk-${i}`, random.fork()),
    ])
      .flat()
      .map((beside) => beside.catch((error: Error) => this.violate(error.message)));
    const breakIt =
      this.options.victims === 'all' ? this.breakThings(breaking) : this.breakServices(breaking);
    await Promise.all([this.submitRuns(clients, submitting), breakIt]);
    this.isOver = true;
    await Promise.all([streams, ...besides]);
    clearInterval(reports);
    clearInterval(renewals);
    this.tell();
    await this.settle();
    await this.patiently('a new token', () => renew().then(() => true));

    await this.checkEnds(clients[1]);
    await this.checkMoves();
    const repeatsMax = this.done.filter((fault) => fault.startsWith('freeze ')).length;
    for (const promise of this.marked.violations({ repeatsMax })) this.violate(promise);
    for (const promise of await checkStanding(clients[1], before)) this.violate(promise);
    this.checkWebhooks();
    const unknownOutcomes = this.checkEffects();
    return {
      accepted: this.accepted.size,
      refused: this.refused,
      streams: this.streamed.size,
      followed: this.followedMarks.length,
      turns: this.turns,
      unknownOutcomes,
      faults: this.done,
      violations: this.violations,
    };
  }

  private tell(): void {
    this.options.report(
      `${this.accepted.size} runs, ${this.done.length} faults, ${this.refused} refusals, ${this.violations.length} violations`,
    );
  }

  private violate(promise: string): void {
    this.violations.push(promise);
    this.options.report(promise);
  }

  /** Goes on until as many runs are accepted as were asked for, whatever becomes of single requests. */
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
        this.refused++; // nobody was there, or died with the answer
        await delay(pollMs);
      }
      await delay(random.integer(0, this.submitEveryMaxMs));
    }
  }

  /** Where faults come slowly the runs come slowly, too, so that they meet. */
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
        // The stream broke off with its server; what became of its response is looked at later.
        await delay(pollMs);
      }
    }
  }

  /** A background stream, read to its end at any instance: after each break from the last event that came. */
  private async followRun(clients: Clients, name: string, random: Random): Promise<void> {
    const mark = this.newRun(name, random);
    const tools = [{ type: 'mcp', server_label: 'antiphon', require_approval: 'never' }];
    const body = { model: 'gpt-scripted', input: mark, background: true, stream: true, tools };
    const id = await this.insist(clients, random, '/v1/responses', body);
    const told: ToldEvent[] = [];
    const timeout = AbortSignal.timeout(patienceMs);
    while (!timeout.aborted && !isEnd(told.at(-1))) {
      await this.readOn(random.pick(clients), id, told).catch(() => delay(pollMs)); // it broke off with its server
    }
    const numbers = told.map(({ sequence_number: number }) => number);
    if (numbers.some((number, place) => number !== place))
      this.violate(`${mark} was told the events ${numbers.join()}`);
    if (!JSON.stringify(told.at(-1)).includes(endOf(mark)))
      this.violate(`${mark} was told as its end ${JSON.stringify(told.at(-1))}`);
    this.followedMarks.push(mark);
  }

  private async readOn(client: JanClient, id: string, told: ToldEvent[]): Promise<void> {
    const after = told.length > 0 ? `&starting_after=${told.at(-1)?.sequence_number}` : '';
    const answer = await fetch(`${client.url}/v1/responses/${id}?stream=true${after}`, {
      headers: client.headers,
      signal: AbortSignal.timeout(streamTimeoutMs),
    });
    if (answer.status !== 200) return this.refuse(id, answer.status, await answer.text());
    for await (const frame of framesOf(answer)) {
      const json = 'comment' in frame ? /^event: .*\ndata: (\{.*)$/.exec(frame.comment)?.[1] : undefined;
      if (json !== undefined) told.push(JSON.parse(json) as ToldEvent);
    }
  }

  /** A conversation of background turns, one after the other, the last of which sees all of them. */
  private async converse(clients: Clients, name: string, random: Random): Promise<void> {
    const conversation = await this.patiently(`a conversation for ${name}`, () =>
      random.pick(clients).newConversation(),
    );
    const marks: string[] = [];
    let id = '';
    for (let turn = 0; turn < turnsOfConversation; turn++) {
      const mark = this.newRun(`${name}-${turn}`, random, { mayBreakOff: true });
      const metadata = { webhook_url: this.faults.system.receiver.at(mark) };
      const body = { model: 'jan-v2-30b', input: mark, conversation, background: true, metadata };
      id = await this.insist(clients, random, '/responses/v1/responses', body);
      this.accepted.set(id, mark);
      marks.push(mark);
      this.turns++;
      await this.patiently(`the end of ${mark}`, async () =>
        stopped.includes((await random.pick(clients).get(id)).body.status),
      );
    }
    const said = await this.patiently(`the input of ${id}`, async () => {
      const { status, body } = await random.pick(clients).inputItems(id);
      return status === 200 && body;
    });
    const told = said.filter(({ content }) =>
      marks.some((mark) => content === mark || content.endsWith(endOf(mark))),
    );
    const expected = marks.flatMap((mark) => [mark, endOf(mark)]).slice(0, -1);
    if (
      told.length !== expected.length ||
      told.some(({ content }, i) => !content.endsWith(expected[i] ?? ''))
    )
      this.violate(`${conversation} holds ${JSON.stringify(told)}`);
  }

  /** Creates under one key until there is an answer, however often it takes. Resolves to the response's id. */
  private async insist(clients: Clients, random: Random, path: string, body: unknown): Promise<string> {
    const key = crypto.randomUUID();
    return this.patiently(`a create at ${path}`, async () => {
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

  /** Asks until there is something to be had, whoever is away meanwhile. */
  private async patiently<Result>(
    what: string,
    ask: () => Promise<Result>,
  ): Promise<Exclude<Result, null | false>> {
    const timeout = AbortSignal.timeout(patienceMs);
    for (;;) {
      const result = await ask().catch(() => null);
      // What is neither null nor false is what was asked for.
      if (result !== null && result !== false) return result as Exclude<Result, null | false>;
      if (timeout.aborted) throw new Error(`${what} did not come to pass`);
      await delay(pollMs);
    }
  }

  private refuse(mark: string, status: number, text: string): void {
    this.refused++;
    if (!refusals.includes(status)) this.violate(`${mark} was answered ${status}: ${text}`);
  }

  /** `mayBreakOff`: where no client reads a run before its end, an answer that breaks off does not fail it. */
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

  private async breakThings(random: Random): Promise<void> {
    const { workers, responses, system } = this.faults;
    const apps: readonly [AppProcess, ...AppProcess[]] = [
      ...workers,
      ...workers,
      ...responses,
      system.app('llm'),
      system.app('mcp'),
    ];
    const recoveries: Promise<void>[] = [];
    const strike = (fault: string, part: string, blow: () => Promise<void>) =>
      recoveries.push(this.strike(fault, part, blow));
    while (this.done.length < this.options.faults) {
      await delay(random.integer(100, 700));
      // On a slow machine, too, there is a system to break.
      while (this.ailing.size >= ailingMax) await delay(pollMs);
      const dice = random.next();
      const app = random.pick(dice < 0.3 ? workers : apps);
      const restMs = random.integer(0, 500);
      if (dice < 0.05) strike('kill nats', 'nats', () => this.faults.killNats());
      else if (dice < 0.1) strike('wipe nats', 'nats', () => this.faults.wipeNats());
      else if (dice < 0.2) strike('kill postgres', 'postgres', () => this.faults.crashPostgres());
      else if (dice < 0.3) strike(`freeze ${app.name}`, app.name, () => freeze(app));
      else if (dice < 0.4) strike(`restart ${app.name}`, app.name, () => restart(app));
      else strike(`kill ${app.name}`, app.name, () => crash(app, restMs));
    }
    await Promise.all(recoveries);
  }

  /** Kills and restarts the services that runs ask, one or the other or both, every few seconds. */
  private async breakServices(random: Random): Promise<void> {
    const services = ['llm', 'mcp'] as const;
    const recoveries: Promise<void>[] = [];
    while (this.done.length < this.options.faults) {
      await delay(random.integer(500, 2 * serviceFaultEveryMs - 500));
      const app = this.faults.system.app(random.pick(services));
      const [fault, blow] =
        random.next() < 0.4
          ? [`restart ${app.name}`, () => restart(app)]
          : [`kill ${app.name}`, () => crash(app, random.integer(0, 2_000))];
      recoveries.push(this.strike(fault, app.name, blow));
    }
    await Promise.all(recoveries);
  }

  /** Does something to a part that is well. One that does not come back is a broken promise, too. */
  private async strike(fault: string, part: string, blow: () => Promise<void>): Promise<void> {
    if (this.ailing.has(part)) return;
    this.ailing.add(part);
    this.done.push(fault);
    await blow().catch((error: Error) => this.violate(`after "${fault}": ${error.message}`));
    this.ailing.delete(part);
  }

  private async settle(): Promise<void> {
    const timeout = AbortSignal.timeout(settleTimeoutMs);
    for (;;) {
      const open = await this.faults
        .query<{ id: string; status: string }>(
          `select id, status from responses.responses where status in ('queued', 'in_progress')
           union all select id, 'webhook' from responses.webhook_deliveries
            where delivered_at is null and dead_at is null`,
        )
        .catch(() => [{ id: 'the database', status: 'away' }]);
      if (open.length === 0) return;
      if (timeout.aborted) {
        for (const { id, status } of open)
          this.violate(`${id} (${this.accepted.get(id)}) is still ${status}`);
        return;
      }
      await delay(pollMs);
    }
  }

  private async checkEnds(client: JanClient): Promise<void> {
    for (const [id, mark] of this.accepted) {
      const { status, body } = await client.get(id);
      if (status !== 200) this.violate(`${mark} was accepted and is ${status}`);
      else if (body.status !== 'completed') this.violate(`${mark} is ${body.status}: ${body.error}`);
      else if (!body.output?.endsWith(endOf(mark))) this.violate(`${mark} says ${body.output}`);
    }
    for (const id of this.streamed) {
      const { body } = await client.get(id);
      if (!stopped.includes(body.status)) this.violate(`the streamed ${id} is ${body.status}`);
    }
  }

  private async checkMoves(): Promise<void> {
    for (const id of endedTwice(await movesOf(this.faults))) this.violate(`${id} ended more than once`);
  }

  /** All of these runs have completed, or that is a violation of its own. */
  private checkEffects(): string[] {
    const { wrong, unknown } = this.marked.missingEffects([...this.accepted.values(), ...this.followedMarks]);
    for (const missing of wrong) this.violate(missing);
    if (unknown.length > this.options.faults)
      this.violate(`${unknown.length} calls without an effect have an unknown outcome`);
    return unknown;
  }

  private checkWebhooks(): void {
    for (const mark of this.accepted.values()) {
      const ids = new Set(
        this.faults.system.receiver.deliveriesAt(mark).map(({ headers }) => headers['webhook-id']),
      );
      if (ids.size !== 1) this.violate(`${mark} was told under ${ids.size} webhook ids`);
    }
  }
}

/** What a background stream tells, as far as it is looked at. */
interface ToldEvent {
  type: string;
  sequence_number: number;
}

function isEnd(event: ToldEvent | undefined): boolean {
  return /^response\.(completed|failed|incomplete)$/.test(event?.type ?? '');
}

async function crash(app: AppProcess, restMs: number): Promise<void> {
  await app.kill();
  await delay(restMs);
  await comeBack(app);
}

async function restart(app: AppProcess): Promise<void> {
  await app.stop();
  await comeBack(app);
}

/** Longer than its leases last: what it ran is another's by then. */
async function freeze(app: AppProcess): Promise<void> {
  app.pause();
  await delay(longerThanLeasesMs);
  app.resume();
}

/** As a supervisor would: a process that cannot start because another part is away is started again. */
async function comeBack(app: AppProcess): Promise<void> {
  const timeout = AbortSignal.timeout(startTimeoutMs);
  for (;;) {
    try {
      return await app.start();
    } catch (error) {
      if (timeout.aborted) throw error;
      await delay(pollMs);
    }
  }
}

/** What has ended or waits before anything breaks, and must be the same after. */
interface Standing {
  paused: JanResponse;
  turns: JanResponse[];
  conversation: string;
}

/** What the model calls when it is asked to (`askMe`). */
const ownTool = {
  type: 'function',
  name: 'ask_the_user',
  parameters: { type: 'object', properties: {} },
};

async function prepareStanding(client: JanClient): Promise<Standing> {
  const conversation = await client.newConversation();
  const make = async (body: Record<string, unknown>) => {
    const { status, body: response, text } = await client.create(body);
    if (status !== 200) throw new Error(`nothing to stand was made: ${text}`);
    return response;
  };
  const turns = [await make({ input: 'First', conversation }), await make({ input: 'Second', conversation })];
  return { paused: await make({ input: askMe, tools: [ownTool] }), turns, conversation };
}

async function checkStanding(client: JanClient, before: Standing): Promise<string[]> {
  const wrong: string[] = [];
  for (const response of [before.paused, ...before.turns]) {
    const { body } = await client.get(response.id);
    if (response === before.paused && body.pending_tool_calls?.length !== 1)
      wrong.push('nothing is paused any more');
    if (JSON.stringify(body) !== JSON.stringify(response)) wrong.push(`${response.id} is not as it was`);
  }
  const next = (await client.create({ input: 'Third', conversation: before.conversation })).body;
  const said = (await client.inputItems(next.id)).body.map(({ content }) => content);
  for (const text of ['First', 'Second', 'Third'])
    if (!said.includes(text)) wrong.push(`the conversation has forgotten "${text}"`);
  return wrong;
}
