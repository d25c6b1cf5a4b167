import { untilAborted } from '@antiphon/async';
import { Injectable } from '@nestjs/common';

/** Throws when the checked part is unavailable. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<void>;

export interface ReadinessReport {
  status: 'ok' | 'degraded' | 'unavailable';
  checks: Record<string, 'ok' | 'unavailable'>;
}

const checkTimeoutMs = 2_000;

/** The checks of a service. A failed required check makes it unready; another failed check only degraded. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, { check: ReadinessCheck; required: boolean }>();
  private hasStopped = false;

  add(name: string, check: ReadinessCheck, options: { required: boolean }): void {
    this.checks.set(name, { check, required: options.required });
  }

  get isStopping(): boolean {
    return this.hasStopped;
  }

  /** Reports unready from now on, so that load balancers send no new clients here. */
  stop(): void {
    this.hasStopped = true;
  }

  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, { check, required }]) => ({
        name,
        required,
        isOk: await passes(check),
      })),
    );
    const failed = results.filter((result) => !result.isOk);
    const isUnready = this.isStopping || failed.some((result) => result.required);
    return {
      status: isUnready ? 'unavailable' : failed.length > 0 ? 'degraded' : 'ok',
      checks: Object.fromEntries(results.map((result) => [result.name, result.isOk ? 'ok' : 'unavailable'])),
    };
  }
}

async function passes(check: ReadinessCheck): Promise<boolean> {
  const signal = AbortSignal.timeout(checkTimeoutMs);
  return untilAborted(check(signal), signal).then(
    () => true,
    () => false,
  );
}
