import { setTimeout as delay } from 'node:timers/promises';
import { ClaimLoop, Slots } from '@antiphon/async';
import {
  AppError,
  creatorOf,
  isFinal,
  isLifecycleEvent,
  type Response,
  responsesQueued,
} from '@antiphon/contracts';
import {
  ActiveRuns,
  type Claim,
  HistoryStore,
  LeaseStore,
  ResponseRunner,
  type RunStart,
} from '@antiphon/runtime';
import { BusClient, LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { BACKGROUND_CONFIG, type BackgroundConfig } from '../config.ts';

/** How long runs that were aborted at the end of the grace may take to be given back. */
const saveMs = 2_000;

/**
 * Claims queued responses and runs them, a bounded number at a time. The rows say what is queued; `responses.queued` only shortens the wait
 * for the next poll.
 */
@Injectable()
export class BackgroundWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly slots: Slots;
  private readonly loop: ClaimLoop<Claim>;

  constructor(
    private readonly leases: LeaseStore,
    private readonly history: HistoryStore,
    private readonly runner: ResponseRunner,
    private readonly runs: ActiveRuns,
    private readonly bus: BusClient,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(BACKGROUND_CONFIG) private readonly config: BackgroundConfig,
  ) {
    const { slots, bytesMax, claimMax, pollMs } = config;
    this.slots = new Slots(slots, bytesMax);
    this.loop = new ClaimLoop({
      pollMs,
      slots: this.slots,
      claimMax,
      // Models and tools are reached over the bus: without it a response stays queued, and its time does not begin.
      isReady: () => this.bus.isConnected,
      claim: ({ countMax, weightMax }) =>
        this.leases.claim(countMax, { firstOnlyMax: this.reservedIn(countMax), bytesMax: weightMax }),
      weightOf: (claim) => claim.bytesMax,
      run: (claim, setBytes) => this.run(claim, setBytes),
      onClaimError: (error) =>
        this.logger.warn({ error: (error as Error).message }, 'claiming queued responses failed'),
      // The lease expires and the run is claimed again, here or elsewhere, until its attempts are used up.
      onRunError: (error, { response }) =>
        this.logger.error(
          { responseId: response.id, err: error },
          'a background run failed with an unexpected error',
        ),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /**
   * Gives back the runs of this process and the claims under way, so that other workers go on from their checkpoints at once. A run first
   * waits for its tools, as far as the grace allows.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const stopped = new AppError('interrupted', 'The worker stops.');
    const handedOver = this.loop.stop();
    this.logger.info({ runs: this.slots.count }, 'giving back runs');
    this.runs.interruptAll(stopped);
    await Promise.race([handedOver, delay(this.config.shutdownGraceMs, undefined, { ref: false })]);
    this.runs.abortAll(stopped);
    await Promise.race([handedOver, delay(saveMs, undefined, { ref: false })]);
    if (this.bus.isConnected) this.bus.publish(responsesQueued, {});
  }

  /** Claims queued responses for the free slots. */
  fillSlots(): void {
    this.loop.ring();
  }

  /**
   * How many places of a claim are for users without a run in progress. A quarter of all slots is kept for them, so that a user's first run
   * does not wait for the runs of another.
   */
  private reservedIn(countMax: number): number {
    const othersMax = this.slots.free.countMax - Math.floor(this.config.slots / 4);
    return countMax - Math.min(countMax, Math.max(0, othersMax));
  }

  /** A run counts with the largest history that it may have until its history is read. */
  private async run(claim: Claim, setBytes: (bytes: number) => void): Promise<void> {
    const { lease, response, isLogged, remainingMs, limitMs } = claim;
    const caller = creatorOf(response);
    const readHistory = async () => {
      const { items, bytes } = await this.history.readMeasured(caller, response);
      setBytes(claim.bytes + bytes);
      return items;
    };
    const start: RunStart = {
      response,
      history: readHistory,
      lease,
      isLogged,
      isUnread: !isLogged,
      timeoutMs: Math.max(remainingMs, 0),
      limitMs,
      mayMove: true,
    };
    let end: Response | undefined;
    for await (const burst of this.runner.run(caller, start)) {
      end = burst.findLast(isLifecycleEvent)?.response ?? end;
    }
    if (!end || !isFinal(end.status)) return;
    const { id: responseId, status, error } = end;
    this.logger.info({ responseId, status, ...(error && { error: error.code }) }, 'background run ended');
  }
}
