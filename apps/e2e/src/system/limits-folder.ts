import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LimitsFile } from '@antiphon/service-kit';

/** The limits files of a system under test: one for all apps, and one for each start with other limits. */
export class LimitsFolder {
  private files = 0;

  constructor(
    private readonly folder: string,
    /** The limits of all apps. */
    private readonly limits: LimitsFile,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** The variables of an app with these changes. */
  variables(changes: LimitsFile = {}): NodeJS.ProcessEnv {
    const file = join(this.folder, `${++this.files}.json`);
    writeFileSync(file, JSON.stringify(withLimits(this.limits, changes)));
    return { LIMITS_FILE: file };
  }
}

/** These limits with some of them changed. */
export function withLimits(limits: LimitsFile, changes: LimitsFile): LimitsFile {
  const sections = [...new Set([...Object.keys(limits), ...Object.keys(changes)])];
  return Object.fromEntries(sections.map((name) => [name, { ...limits[name], ...changes[name] }]));
}
