import { z } from 'zod';
import type { DataChanges, DataFile, DataFiles, DataLimits } from '../data/data-files.ts';
import { dataRoot } from '../data/data-files.ts';
import { keepChanges } from '../data/data-keeper.ts';

/** What the program of the interpreter says that a run did to its folder. It is checked like everything from there. */
export const FolderReport = z.object({
  changed: z.array(z.object({ path: z.string(), bytes: z.number().int().nonnegative() })),
  removed: z.array(z.string()),
  isCut: z.boolean(),
});
export type FolderReport = z.infer<typeof FolderReport>;

/** The requests about files that an interpreter answers. */
export interface FolderRequests {
  /** False where the file cannot be written. */
  put(path: string, bytes: Buffer): Promise<boolean>;
  get(path: string): Promise<Buffer>;
  remove(path: string): Promise<void>;
}

/** `/mnt/data` of one process, held equal to the files that are kept outside it. One file at a time is in this service's memory. */
export class ProcessFolder {
  /** The versions that the process has, by path. */
  private readonly versions = new Map<string, string>();

  constructor(
    private readonly requests: FolderRequests,
    private readonly limits: DataLimits,
  ) {}

  /** Gives the process the files that it lacks, and removes those that are gone. Returns the paths that it could not write. */
  async restore(data: DataFiles): Promise<string[]> {
    const files = await data.list();
    const missing: string[] = [];
    const paths = new Set(files.map(({ path }) => path));
    for (const path of this.versions.keys()) if (!paths.has(path)) await this.forget(path);
    for (const file of files) if (!(await this.bring(file, data))) missing.push(file.path);
    return missing;
  }

  /** Keeps what a run did to the folder. */
  async keep(report: FolderReport, missing: readonly string[], data: DataFiles): Promise<DataChanges> {
    const changed = report.changed.map((file) => ({ ...file, read: () => this.requests.get(file.path) }));
    const kept = await keepChanges({ ...report, changed }, data, this.limits);
    for (const path of report.removed) this.versions.delete(path);
    for (const { path, version } of kept.saved) this.versions.set(path, version);
    const notes = missing.map((path) => `${dataRoot}/${path} could not be restored: its place is taken`);
    return { ...kept, notes: [...notes, ...kept.notes] };
  }

  private async bring(file: DataFile, data: DataFiles): Promise<boolean> {
    if (this.versions.get(file.path) === file.version) return true;
    if (!(await this.requests.put(file.path, await data.read(file)))) return false;
    this.versions.set(file.path, file.version);
    return true;
  }

  private async forget(path: string): Promise<void> {
    await this.requests.remove(path);
    this.versions.delete(path);
  }
}
