import {
  AppError,
  type Caller,
  isFinal,
  isLifecycleEvent,
  type Response,
  responsesQueued,
} from '@antiphon/contracts';
import { ActiveRuns, type Claim, loadHistory, ResponseRunner, ResponseStore } from '@antiphon/runtime';
import { LOGGER, type Logger, RpcBus } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from './config.ts';
import { WebhookWorker } from './webhook-worker.ts';

/** Claims queued responses and runs them, a bounded number at a time. The row is the truth; the bell only saves waiting for the poll. */
@Injectable()
export class BackgroundWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private free: number;
  private isClaiming = false;
  private rangMeanwhile = false;
  private isStopping = false;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ResponseStore) private readonly store: ResponseStore,
    @Inject(ResponseRunner) private readonly runner: ResponseRunner,
    @Inject(ActiveRuns) private readonly runs: ActiveRuns,
    @Inject(WebhookWorker) private readonly webhooks: WebhookWorker,
    @Inject(RpcBus) private readonly bus: RpcBus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {
    this.free = config.background.slots;
  }

  onApplicationBootstrap(): void {
    this.bus.listen(responsesQueued, () => void this.fillSlots());
    this.poll = setInterval(() => void this.fillSlots(), this.config.background.pollMs);
    void this.fillSlots();
  }

  /** Hands over what runs here: other workers claim it at once and go on from what is saved. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.poll);
    this.runs.abortAll(new AppError('interrupted', 'The worker stops.'));
    await this.runs.settled(this.config.service.shutdownGraceMs);
    if (this.bus.isConnected) this.bus.tell(responsesQueued, {});
  }

  private async fillSlots(): Promise<void> {
    this.rangMeanwhile = true;
    if (this.isClaiming) return;
    this.isClaiming = true;
    try {
      // Without the bus there are no models and no tools: what is queued waits, and its time has not begun.
      while (this.rangMeanwhile && this.free > 0 && !this.isStopping && this.bus.isConnected) {
        this.rangMeanwhile = false;
        for (const claim of await this.store.claim(this.free)) void this.work(claim);
      }
    } catch (error) {
      // The next poll asks again; nothing is lost meanwhile.
      this.logger.warn({ error: (error as Error).message }, 'nothing could be claimed');
    } finally {
      this.isClaiming = false;
    }
  }

  private async work(claim: Claim): Promise<void> {
    this.free--;
    try {
      await this.run(claim);
    } catch (error) {
      // The lease expires and the run is claimed again, here or elsewhere, until its attempts are used up.
      this.logger.error({ responseId: claim.response.id, err: error }, 'a background run broke off');
    } finally {
      this.free++;
      void this.fillSlots();
    }
  }

  private async run({ lease, response, isLogged, remainingMs }: Claim): Promise<void> {
    const caller = callerOf(response);
    const history = await loadHistory(this.store, caller, response);
    const timeoutMs = Math.max(remainingMs, 0);
    let end: Response | undefined;
    const start = { response, history, lease, isLogged, timeoutMs, mayMove: true };
    for await (const burst of this.runner.run(caller, start)) {
      end = burst.findLast(isLifecycleEvent)?.response ?? end;
    }
    if (!end || !isFinal(end.status)) return;
    this.logger.info({ responseId: end.id, status: end.status }, 'background run ended');
    this.webhooks.ring();
  }
}

/** Whoever created the response is who its tools and models are asked for. */
function callerOf(response: Response): Caller {
  return { userId: response.userId, tenantId: response.tenantId, kind: 'user', scopes: [] };
}
