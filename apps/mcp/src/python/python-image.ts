import { AppError } from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import { findLauncher, type Launcher } from './confinement/launcher.ts';
import { pythonCommand } from './python-command.ts';
import { makeSnapshot } from './snapshot.ts';

export interface PythonImageOptions {
  memoryMb: number;
  startTimeoutMs: number;
  /** `required` runs no code where the system call filter does not work. */
  confinement: 'preferred' | 'required';
}

/** The start of every interpreter. */
export interface PythonImage {
  launcher: Launcher | null;
  snapshot: Uint8Array;
}

/** Makes the image once, at its first use. After a failure the next use tries again. */
export class PythonImageSource {
  private readonly options: PythonImageOptions;
  private readonly logger: Logger;
  private readonly closing = new AbortController();
  private image: Promise<PythonImage> | null = null;

  constructor(options: PythonImageOptions, logger: Logger) {
    this.options = options;
    this.logger = logger;
  }

  /** Throws `unavailable` where Python cannot start, or cannot be confined as required. */
  get(): Promise<PythonImage> {
    this.image ??= this.make().catch((error: unknown) => {
      this.image = null;
      if (!this.closing.signal.aborted) this.logger.error({ err: error }, 'Python cannot run');
      throw error;
    });
    return this.image;
  }

  close(): void {
    this.closing.abort();
  }

  private async make(): Promise<PythonImage> {
    const { memoryMb, startTimeoutMs } = this.options;
    const launcher = await this.chooseLauncher();
    const command = pythonCommand(memoryMb, 0, launcher);
    const snapshot = await makeSnapshot(command, startTimeoutMs, this.closing.signal);
    this.logger.info({ systemCallFilter: launcher !== null }, 'Python is ready');
    return { launcher, snapshot };
  }

  private async chooseLauncher(): Promise<Launcher | null> {
    const launcher = await findLauncher(this.options.startTimeoutMs);
    if (launcher) return launcher;
    if (this.options.confinement === 'required') {
      throw new AppError('unavailable', 'Python cannot be confined on this machine as required');
    }
    this.logger.warn('Python runs without the system call filter, which needs Linux and Perl');
    return null;
  }
}
