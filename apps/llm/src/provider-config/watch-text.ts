import { readFile } from 'node:fs/promises';

/** How often a file is read. Unlike file system notifications, reading also works for mounted files and replaced links. */
const intervalMs = 1_000;

/**
 * Calls `onChange` with the text of a file that differs from the last one, at first from `known`; null while the file cannot be read. The next change
 * waits for it. Returns the function that stops the watch.
 */
export function watchText(
  path: string,
  known: string | null,
  onChange: (text: string | null) => Promise<void>,
): () => void {
  let last = known;
  let isBusy = false;
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== last) {
      last = text;
      await onChange(text);
    }
    isBusy = false;
  };
  const timer = setInterval(() => void look(), intervalMs).unref();
  return () => clearInterval(timer);
}
