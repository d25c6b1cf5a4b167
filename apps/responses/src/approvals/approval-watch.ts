import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Caller } from '@antiphon/contracts';
import { type Owners, ResponseStore } from '@antiphon/runtime';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../config.ts';
import { type Approval, waitingIn } from './approval.ts';
import { type ApprovalFilter, ApprovalsService, isWanted } from './approvals.service.ts';
import { listedOwners } from './reach.ts';

/** A change of the approvals that a caller sees. */
export type ApprovalChange =
  /** A call waits; sent again where its run has changed. */
  | { type: 'waiting'; approval: Approval }
  | { type: 'decided'; approval: Approval }
  /** The run of a waiting call ended without a decision about it. */
  | { type: 'ended'; id: string }
  /** The calls that waited at the beginning have been sent. `hasMore`: older ones wait, too, and are not watched. */
  | { type: 'current'; hasMore: boolean };

/** A run that is watched: the version of its row, and the items of its calls that wait. */
interface WatchedRun {
  version: string;
  itemIds: readonly string[];
}

/**
 * Reports approvals as they change, to any number of readers in any process. A reader compares the versions of waiting rows by an index, once an interval, and
 * reads those that have changed; so no lost message can hide a change, and NATS may be away.
 */
@Injectable()
export class ApprovalWatch implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly responses: ResponseStore,
    private readonly approvals: ApprovalsService,
    @Inject(APPROVALS_CONFIG) private readonly config: ApprovalsConfig,
  ) {}

  /**
   * The calls that wait, at most `watchedMax` runs and those the newest, then each change until the signal aborts, the process stops, or the lifetime of
   * a stream is over: the reader begins again, with its credential checked. Errors: `forbidden` of `listedOwners`; those of the store until the first
   * change. After it, waits for a database that is unavailable.
   */
  async *follow(
    caller: Caller,
    filter: ApprovalFilter,
    gone: AbortSignal,
  ): AsyncGenerator<readonly ApprovalChange[], void, void> {
    const owners = listedOwners(caller, filter.owner);
    const lifetime = AbortSignal.timeout(this.config.streamLifetimeMs);
    const signal = AbortSignal.any([gone, this.stopping.signal, lifetime]);
    const runs = new Map<string, WatchedRun>();
    const { watchedMax } = this.config;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        const versions = await this.responses.waitingVersions(owners, watchedMax + 1);
        const hasMore = versions.length > watchedMax;
        const current = new Map(versions.slice(hasMore ? 1 : 0).map(({ id, version }) => [id, version]));
        for (const id of new Set([...runs.keys(), ...current.keys()])) {
          if (signal.aborted) return;
          const version = current.get(id) ?? null;
          if (version !== null && runs.get(id)?.version === version) continue;
          const changes = await this.changesOf(owners, filter, { id, version, runs });
          if (changes.length > 0) yield changes;
        }
        if (isFirst) yield [{ type: 'current', hasMore }];
      } catch (error) {
        if (isFirst || AppError.from(error).code !== 'unavailable') throw error;
      }
      await delay(this.config.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Ends every stream: its reader begins again elsewhere. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** The changes of a run, which `runs` then has as it is now. `version` is null for a run that does not wait, or no more among the newest. */
  private async changesOf(
    owners: Owners,
    filter: ApprovalFilter,
    { id, version, runs }: { id: string; version: string | null; runs: Map<string, WatchedRun> },
  ): Promise<ApprovalChange[]> {
    const before = runs.get(id)?.itemIds ?? [];
    const response = await this.responses.findOf(owners, id);
    const waiting = (response ? waitingIn(response) : []).filter((call) => isWanted(call, filter));
    const itemIds = waiting.map(({ call }) => call.id);
    // A run that carries out another call is looked at until it waits again or has ended.
    const isWatched = version !== null || (itemIds.length > 0 && response?.status !== 'requires_action');
    if (isWatched) runs.set(id, { version: version ?? '', itemIds });
    else runs.delete(id);
    const shown = version === null ? [] : await this.approvals.complete(waiting);
    const left = before.filter((itemId) => !itemIds.includes(itemId));
    return [
      ...(await Promise.all(left.map((itemId) => this.endOf(owners, itemId)))),
      ...shown.map((approval) => ({ type: 'waiting' as const, approval })),
    ];
  }

  private async endOf(owners: Owners, itemId: string): Promise<ApprovalChange> {
    const found = await this.approvals.find([owners], itemId);
    const [approval] = found ? await this.approvals.complete([found]) : [];
    if (!approval) return { type: 'ended', id: itemId };
    return { type: approval.decision ? 'decided' : 'waiting', approval };
  }
}
