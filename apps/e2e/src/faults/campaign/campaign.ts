import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../checks/random.ts';
import { JanClient } from '../../clients/jan-client.ts';
import { CampaignClients } from './campaign-clients.ts';
import { FaultInjector, type Victims } from './fault-injector.ts';
import type { FaultSystem } from '../fault-system.ts';
import { endedTwice, movesOf } from '../journal.ts';
import { endOf, MarkedRuns } from '../marked-runs.ts';
import { checkStanding, prepareStanding } from './standing.ts';

export interface CampaignOptions {
  random: Random;
  /** Background runs to be accepted. A fifth as many foreground streams run beside them, and some followed streams and conversations. */
  runs: number;
  faults: number;
  victims: Victims;
  /** Receives the progress as a line of text. */
  report: (progress: string) => void;
}

export interface CampaignReport {
  accepted: number;
  refused: number;
  /** Foreground streams, which end with their server. */
  streams: number;
  /** Background streams that were read to their end and resumed after each break. */
  followed: number;
  /** Turns of conversations. */
  turns: number;
  /** Tool calls of completed runs without an effect, of which the model read that their outcome is unknown. */
  unknownOutcomes: string[];
  /** The injected faults, in order. */
  faults: string[];
  /** Broken promises, as sentences. */
  violations: string[];
}

const settleTimeoutMs = 60_000;
const pollMs = 100;
const reportMs = 10_000;
/** Shorter than the lifetime of an access token, which a campaign on a slow machine may outlast. */
const renewMs = 240_000;
/**
 * Calls that one fault can meet in the runs of one process (`paceOfFaults`: 2 workers with 4 runs each).
 *
 * A write has an unknown outcome and no effect where a fault comes between the commit of its start and the request to its receiver: the worker,
 * NATS or mcp is killed meanwhile. Whether the call began cannot be known from outside, because the message that says so may be lost as well; so it
 * is not repeated, as promised. A call takes milliseconds and a model thinks for 10 to 300, so a fault meets about one call. It meets several where
 * it hits a part that holds the calls of all runs at that moment: NATS and mcp serve both worker processes.
 */
const callsInFlight = 8;

const stopped = ['completed', 'failed', 'cancelled'];

/** Submits marked runs while random faults hit the system, waits until everything has recovered, and checks the promises. */
export async function runCampaign(faults: FaultSystem, options: CampaignOptions): Promise<CampaignReport> {
  return new Campaign(faults, options).run();
}

class Campaign {
  private readonly violations: string[] = [];
  private readonly marked: MarkedRuns;
  private readonly clients: CampaignClients;
  private readonly injector: FaultInjector;

  constructor(
    private readonly faults: FaultSystem,
    private readonly options: CampaignOptions,
  ) {
    const thinking = options.random.fork();
    this.marked = new MarkedRuns(faults.effects, () => thinking.integer(5, 150));
    const violate = (promise: string) => this.violate(promise);
    this.clients = new CampaignClients(faults, this.marked, options, violate);
    this.injector = new FaultInjector(faults, options, violate);
  }

  async run(): Promise<CampaignReport> {
    const { system, responses } = this.faults;
    const { random } = this.options;
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

    const reports = setInterval(() => this.reportProgress(), reportMs);
    const renewals = setInterval(() => void renew().catch(() => undefined), renewMs); // the next interval tries again
    const injecting = random.fork();
    await this.clients.run(clients, this.injector.run(injecting));
    clearInterval(reports);
    clearInterval(renewals);
    this.reportProgress();
    await this.settle();
    await this.clients.untilResult('a new token', () => renew().then(() => true));

    await this.checkEnds(clients[1]);
    await this.checkMoves();
    const repeatsMax = this.injector.done.filter((fault) => fault.startsWith('freeze ')).length;
    for (const promise of this.marked.violations({ repeatsMax })) this.violate(promise);
    for (const promise of await checkStanding(clients[1], before)) this.violate(promise);
    this.checkWebhooks();
    const unknownOutcomes = this.checkEffects();
    return {
      accepted: this.clients.accepted.size,
      refused: this.clients.refused,
      streams: this.clients.streamed.size,
      followed: this.clients.followedMarks.length,
      turns: this.clients.turns,
      unknownOutcomes,
      faults: this.injector.done,
      violations: this.violations,
    };
  }

  private reportProgress(): void {
    const { accepted, refused } = this.clients;
    const { done } = this.injector;
    this.options.report(
      `${accepted.size} runs, ${done.length} faults, ${refused} refusals, ${this.violations.length} violations`,
    );
  }

  private violate(promise: string): void {
    this.violations.push(promise);
    this.options.report(promise);
  }

  /** Waits until no run and no delivery is open. */
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
          this.violate(`${id} (${this.clients.accepted.get(id)}) is still ${status}`);
        return;
      }
      await delay(pollMs);
    }
  }

  private async checkEnds(client: JanClient): Promise<void> {
    for (const [id, mark] of this.clients.accepted) {
      const { status, body } = await client.get(id);
      if (status !== 200) this.violate(`${mark} was accepted and is ${status}`);
      else if (body.status !== 'completed') this.violate(`${mark} is ${body.status}: ${body.error}`);
      else if (!body.output?.endsWith(endOf(mark))) this.violate(`the output of ${mark} is ${body.output}`);
    }
    for (const id of this.clients.streamed) {
      const { body } = await client.get(id);
      if (!stopped.includes(body.status)) this.violate(`the streamed ${id} is ${body.status}`);
    }
  }

  private async checkMoves(): Promise<void> {
    for (const id of endedTwice(await movesOf(this.faults))) this.violate(`${id} ended more than once`);
  }

  /** All of these runs have completed; an incomplete one is a violation of its own. */
  private checkEffects(): string[] {
    const { accepted, followedMarks } = this.clients;
    const { wrong, unknown } = this.marked.missingEffects([...accepted.values(), ...followedMarks]);
    for (const missing of wrong) this.violate(missing);
    if (unknown.length > this.options.faults + callsInFlight)
      this.violate(`${unknown.length} calls without an effect have an unknown outcome`);
    return unknown;
  }

  private checkWebhooks(): void {
    for (const mark of this.clients.accepted.values()) {
      const ids = new Set(
        this.faults.system.receiver.deliveriesAt(mark).map(({ headers }) => headers['webhook-id']),
      );
      if (ids.size !== 1) this.violate(`the webhook of ${mark} came under ${ids.size} webhook ids`);
    }
  }
}
