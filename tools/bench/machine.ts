import { cpus, release, totalmem } from 'node:os';

/** The machine in a few lines, for the report. */
export function describeMachine(coresNote: string): string[] {
  const model = cpus()[0]?.model ?? 'an unknown processor';
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return [
    `${model}, ${cpus().length} cores, ${gigabytes} GB, ${process.platform} ${release()}, Node ${process.version}.`,
    coresNote,
  ];
}
