import { setTimeout as delay } from 'node:timers/promises';
import type { AppProcess } from '../app-process.ts';
import { JanClient, type JanResponse } from '../jan-client.ts';
import type { FaultSystem } from './fault-system.ts';
import { endedTwice, movesOf } from './journal.ts';
import { askMe, type Deed, MarkedRuns } from './marked-runs.ts';
import type { Random } from './random.ts';

export interface CampaignOptions {
  random: Random;
  /** Background runs that are to be accepted; a fifth as many are streamed beside them. */
  runs: number;
  faults: number;
}

export interface CampaignReport {
  accepted: number;
  refused: number;
  streams: number;
  /** What was done, in order. */
  faults: string[];
  /** Promises that were broken, in words. */
  violations: string[];
}

const settleTimeoutMs = 60_000;
const startTimeoutMs = 30_000;
const longerThanLeasesMs = 2_500;
const pollMs = 100;
/** What a part that is away may make of a request. Anything else is an error of ours. */
const refusals = [503];

/** Submits marked runs while parts of the system die at random, lets everything come back, and counts. */
export async function runCampaign(faults: FaultSystem, options: CampaignOptions): Promise<CampaignReport> {
  const campaign = new Campaign(faults, options);
  return campaign.run();
}

class Campaign {
  private readonly marked: MarkedRuns;
  private readonly accepted = new Map<string, string>();
  private readonly streamed = new Set<string>();
  private readonly done: string[] = [];
  private readonly violations: string[] = [];
  /** Whose faults are not over: they are left alone. */
  private readonly ailing = new Set<string>();
  private refused = 0;
  private isOver = false;

  constructor(
    private readonly faults: FaultSystem,
    private readonly options: CampaignOptions,
  ) {
    this.marked = new MarkedRuns(faults.effects, () => this.random.integer(5, 150));
  }

  private get random(): Random {
    return this.options.random;
  }

  async run(): Promise<CampaignReport> {
    const { provider } = this.faults.system;
    const token = await this.faults.system.token();
    const clients = this.faults.responses.map(({ url }) => new JanClient(url, token)) as [
      JanClient,
      JanClient,
    ];
    provider.script = this.marked.script;
    const before = await prepareStanding(clients[0]);

    const breaking = this.breakThings();
    const streams = this.streamRuns(clients);
    await this.submitRuns(clients);
    await breaking;
    this.isOver = true;
    await streams;
    await this.settle();

    await this.checkEnds(clients[1]);
    await this.checkMoves();
    this.violations.push(...this.marked.violations());
    this.violations.push(...(await checkStanding(clients[1], before)));
    this.checkWebhooks();
    return {
      accepted: this.accepted.size,
      refused: this.refused,
      streams: this.streamed.size,
      faults: this.done,
      violations: this.violations,
    };
  }

  /** Goes on until as many runs are accepted as were asked for, whatever becomes of single requests. */
  private async submitRuns(clients: readonly [JanClient, ...JanClient[]]): Promise<void> {
    for (let i = 0; this.accepted.size < this.options.runs; i++) {
      const mark = this.newRun(`run-${i}`);
      const webhook_url = this.faults.system.receiver.at(mark);
      const body = { input: mark, background: true, metadata: { webhook_url } };
      try {
        const answer = await this.random.pick(clients).create(body, { signal: AbortSignal.timeout(10_000) });
        if (answer.status === 200) this.accepted.set(answer.body.id, mark);
        else this.refuse(mark, answer.status, answer.text);
      } catch {
        this.refused++; // nobody was there, or died with the answer
        await delay(pollMs);
      }
      await delay(this.random.integer(0, 60));
    }
  }

  private async streamRuns(clients: readonly [JanClient, ...JanClient[]]): Promise<void> {
    for (let i = 0; i < this.options.runs / 5 && !this.isOver; i++) {
      const mark = this.newRun(`stream-${i}`);
      try {
        const answer = await this.random.pick(clients).open({ input: mark }, AbortSignal.timeout(15_000));
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

  private refuse(mark: string, status: number, text: string): void {
    this.refused++;
    if (!refusals.includes(status)) this.violations.push(`${mark} was answered ${status}: ${text}`);
  }

  private newRun(name: string): string {
    const deed = (): Deed => (this.random.next() < 0.5 ? 'read' : 'write');
    const turns = Array.from({ length: this.random.integer(0, 3) }, () =>
      Array.from({ length: this.random.integer(1, 2) }, deed),
    );
    const mark = `${name}-${Math.floor(this.random.next() * 1e6)}`;
    this.marked.add({ mark, turns });
    return mark;
  }

  private async breakThings(): Promise<void> {
    const { workers, responses, system } = this.faults;
    const apps: readonly [AppProcess, ...AppProcess[]] = [
      ...workers,
      ...workers,
      ...responses,
      system.app('llm'),
      system.app('mcp'),
    ];
    const recoveries: Promise<void>[] = [];
    while (this.done.length < this.options.faults) {
      await delay(this.random.integer(100, 700));
      const dice = this.random.next();
      const app = this.random.pick(dice < 0.3 ? workers : apps);
      if (dice < 0.1) this.strikeServer('nats', () => this.faults.killNats());
      else if (dice < 0.2) this.strikeServer('postgres', () => this.faults.crashPostgres());
      else if (!this.ailing.has(app.name)) recoveries.push(this.strike(app, dice));
    }
    await Promise.all(recoveries);
  }

  private strikeServer(name: string, fault: () => void): void {
    this.done.push(`kill ${name}`);
    fault();
  }

  private async strike(app: AppProcess, dice: number): Promise<void> {
    this.ailing.add(app.name);
    if (dice < 0.3) await this.freeze(app);
    else if (dice < 0.4) await this.restart(app);
    else await this.crash(app);
    this.ailing.delete(app.name);
  }

  private async crash(app: AppProcess): Promise<void> {
    this.done.push(`kill ${app.name}`);
    await app.kill();
    await delay(this.random.integer(0, 500));
    await comeBack(app);
  }

  private async restart(app: AppProcess): Promise<void> {
    this.done.push(`restart ${app.name}`);
    await app.stop();
    await comeBack(app);
  }

  /** Longer than its leases last: what it ran is another's by then. */
  private async freeze(app: AppProcess): Promise<void> {
    this.done.push(`freeze ${app.name}`);
    app.pause();
    await delay(longerThanLeasesMs);
    app.resume();
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
        this.violations.push(
          ...open.map(({ id, status }) => `${id} (${this.accepted.get(id)}) is still ${status}`),
        );
        return;
      }
      await delay(pollMs);
    }
  }

  private async checkEnds(client: JanClient): Promise<void> {
    for (const [id, mark] of this.accepted) {
      const { status, body } = await client.get(id);
      if (status !== 200) this.violations.push(`${mark} was accepted and is ${status}`);
      else if (body.status !== 'completed') this.violations.push(`${mark} is ${body.status}: ${body.error}`);
      else if (!body.output?.endsWith(`The end of ${mark}.`))
        this.violations.push(`${mark} says ${body.output}`);
    }
    for (const id of this.streamed) {
      const { body } = await client.get(id);
      if (!['completed', 'failed', 'cancelled'].includes(body.status))
        this.violations.push(`the streamed ${id} is ${body.status}`);
    }
  }

  private async checkMoves(): Promise<void> {
    this.violations.push(...endedTwice(await movesOf(this.faults)).map((id) => `${id} ended more than once`));
  }

  private checkWebhooks(): void {
    for (const mark of this.accepted.values()) {
      const ids = new Set(
        this.faults.system.receiver.deliveriesAt(mark).map(({ headers }) => headers['webhook-id']),
      );
      if (ids.size !== 1) this.violations.push(`${mark} was told under ${ids.size} webhook ids`);
    }
  }
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
  const conversation = `talk-${crypto.randomUUID()}`;
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
