import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../checks/random.ts';
import type { AppProcess } from '../../system/app-process.ts';
import type { FaultSystem } from '../fault-system.ts';

/** The parts that faults hit: all parts, or only the services that a run calls, one every few seconds. */
export type Victims = 'all' | 'llm and mcp';

/** The average time between two faults of the services that runs call. */
export const serviceFaultEveryMs = 1_750;

const startTimeoutMs = 60_000;
const longerThanLeasesMs = 3_500;
const pollMs = 100;
/** Parts that may be away or recovering at the same time. */
const ailingMax = 2;

/** Hits random parts of the system with a number of faults. */
export class FaultInjector {
  /** The injected faults, in order. */
  readonly done: string[] = [];
  /** Parts that have not recovered from a fault; they get no other. */
  private readonly ailing = new Set<string>();

  constructor(
    private readonly faults: FaultSystem,
    private readonly options: { faults: number; victims: Victims },
    private readonly violate: (promise: string) => void,
  ) {}

  /** Resolves when all faults are injected and every part has recovered. */
  run(random: Random): Promise<void> {
    return this.options.victims === 'all' ? this.breakAnything(random) : this.breakServices(random);
  }

  private async breakAnything(random: Random): Promise<void> {
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
      // Most parts must work at any time, also on a slow machine.
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

  /** Kills and restarts llm and mcp, every few seconds one of them. */
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

  /** Injects a fault into a part that has none. A part that does not recover is a violation. */
  private async strike(fault: string, part: string, blow: () => Promise<void>): Promise<void> {
    if (this.ailing.has(part)) return;
    this.ailing.add(part);
    this.done.push(fault);
    await blow().catch((error: Error) => this.violate(`after "${fault}": ${error.message}`));
    this.ailing.delete(part);
  }
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

/** Longer than a lease lasts, so that other workers take over its runs. */
async function freeze(app: AppProcess): Promise<void> {
  app.pause();
  await delay(longerThanLeasesMs);
  app.resume();
}

/** Starts a part like a supervisor: repeatedly, while it cannot start because another part is away. */
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
