import { type Stats, unwatchFile, watchFile as watchStats } from 'node:fs';

/** How often a file's state is read. Reading it, unlike notifications of the system, also works for mounted files and replaced links. */
const intervalMs = 1_000;

/** Calls `onChange` after each change of a file. Returns what stops it. */
export function watchFile(path: string, onChange: () => void): () => void {
  const listener = (now: Stats, before: Stats) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) onChange();
  };
  watchStats(path, { interval: intervalMs, persistent: false }, listener);
  return () => unwatchFile(path, listener);
}
