import { setTimeout as delay } from 'node:timers/promises';
import {
  AppError,
  creatorOf,
  isFinal,
  isLifecycleEvent,
  type Response,
  responsesQueued,
} from '@antiphon/contracts';
import { ActiveRuns, type Claim, HistoryStore, LeaseStore, ResponseRunner } from '@antiphon/runtime';
import { LOGGER, type Logger, BusClient } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from '../config.ts';
import { WebhookWorker } from '../webhooks/webhook-worker.ts';

/** How long giving back a run may take that was ended at the end of the grace. */
const saveMs = 2_000;

/** Claims queued responses and runs them, a bounded number at a time. The row is the truth; the bell only saves waiting for the poll. */
@Injectable()
export class BackgroundWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly working = new Set<Promise<void>>();
  private claiming: Promise<void> = Promise.resolve();
  private isClaiming = false;
  private rangMeanwhile = false;
  private isStopping = false;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly leases: LeaseStore,
    private readonly history: HistoryStore,
    private readonly runner: ResponseRunner,
    private readonly runs: ActiveRuns,
    private readonly webhooks: WebhookWorker,
    private readonly bus: BusClient,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.poll = setInterval(() => this.fillSlots(), this.config.background.pollMs);
    this.fillSlots();
  }

  /**
   * Hands over what runs here, or was claimed a moment ago: other workers claim it at once and go on from what is saved. Tools that are under
   * way come to their end first, as far as the grace allows.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const stopped = new AppError('interrupted', 'The worker stops.');
    this.isStopping = true;
    clearInterval(this.poll);
    this.logger.info({ runs: this.working.size }, 'handing over');
    this.runs.interruptAll(stopped);
    const handedOver = this.claiming.then(() => Promise.all(this.working));
    await Promise.race([handedOver, delay(this.config.service.shutdownGraceMs, undefined, { ref: false })]);
    this.runs.abortAll(stopped);
    await Promise.race([handedOver, delay(saveMs, undefined, { ref: false })]);
    if (this.bus.isConnected) this.bus.publish(responsesQueued, {});
  }

  /** Claims responses for the free slots. Called while it claims, it looks again afterwards. */
  fillSlots(): void {
    this.rangMeanwhile = true;
    if (!this.isClaiming) this.claiming = this.claim();
  }

  private get free(): number {
    return this.config.background.slots - this.working.size;
  }

  private async claim(): Promise<void> {
    this.isClaiming = true;
    try {
      // Without the bus there are no models and no tools: what is queued waits, and its time has not begun.
      while (this.rangMeanwhile && this.free > 0 && !this.isStopping && this.bus.isConnected) {
        this.rangMeanwhile = false;
        for (const claim of await this.leases.claim(this.free, reservedOf(this.config.background.slots)))
          this.start(claim);
      }
    } catch (error) {
      // The next poll asks again; nothing is lost meanwhile.
      this.logger.warn({ error: (error as Error).message }, 'nothing could be claimed');
    } finally {
      this.isClaiming = false;
    }
  }

  private start(claim: Claim): void {
    const work = this.work(claim).finally(() => {
      this.working.delete(work);
      this.fillSlots();
    });
    this.working.add(work);
  }

  private async work(claim: Claim): Promise<void> {
    try {
      await this.run(claim);
    } catch (error) {
      // The lease expires and the run is claimed again, here or elsewhere, until its attempts are used up.
      this.logger.error({ responseId: claim.response.id, err: error }, 'a background run broke off');
    }
  }

  private async run({ lease, response, isLogged, remainingMs, limitMs }: Claim): Promise<void> {
    const caller = creatorOf(response);
    const history = () => this.history.read(caller, response);
    const timeoutMs = Math.max(remainingMs, 0);
    let end: Response | undefined;
    const start = {
      response,
      history,
      lease,
      isLogged,
      takeBack: () => true,
      timeoutMs,
      limitMs,
      mayMove: true,
    };
    for await (const burst of this.runner.run(caller, start)) {
      end = burst.findLast(isLifecycleEvent)?.response ?? end;
    }
    if (!end || !isFinal(end.status)) return;
    const { id: responseId, status, error } = end;
    this.logger.info({ responseId, status, ...(error && { error: error.code }) }, 'background run ended');
    this.webhooks.ring();
  }
}

/** The slots that no user's further runs take: a quarter, so that another user's first run need not wait for one of them to end. */
function reservedOf(slots: number): number {
  return Math.floor(slots / 4);
}
