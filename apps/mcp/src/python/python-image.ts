import { existsSync } from 'node:fs';
import { AppError } from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import { findLauncher, type Launcher } from './confinement/launcher.ts';
import { builtFiles, type InterpreterFiles } from './interpreter-files.ts';

export interface PythonImageOptions {
  startTimeoutMs: number;
  /** `required` runs no code where the system call filter does not work. */
  confinement: 'preferred' | 'required';
}

/** The start of every interpreter. */
export interface PythonImage {
  launcher: Launcher | null;
  files: InterpreterFiles;
}

/** Finds the image once, at its first use. After a failure the next use tries again. */
export class PythonImageSource {
  private readonly options: PythonImageOptions;
  private readonly logger: Logger;
  private readonly files: () => InterpreterFiles;
  private image: Promise<PythonImage> | null = null;

  constructor(options: PythonImageOptions, logger: Logger, files = builtFiles) {
    this.options = options;
    this.logger = logger;
    this.files = files;
  }

  /** Throws `unavailable` where Python cannot start, or cannot be confined as required. */
  get(): Promise<PythonImage> {
    this.image ??= this.find().catch((error: unknown) => {
      this.image = null;
      this.logger.error({ err: error }, 'Python cannot run');
      throw error;
    });
    return this.image;
  }

  private async find(): Promise<PythonImage> {
    const files = this.files();
    if (!existsSync(files.snapshot)) {
      const cause = new Error(`there is no ${files.snapshot}: build with the Node that runs the service`);
      throw new AppError('unavailable', 'Python did not start', { cause });
    }
    const launcher = await this.chooseLauncher();
    this.logger.info({ systemCallFilter: launcher !== null }, 'Python is ready');
    return { launcher, files };
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
