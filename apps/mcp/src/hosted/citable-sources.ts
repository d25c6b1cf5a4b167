import { createHash } from 'node:crypto';
import type { CitableSource, Source } from '@antiphon/contracts';

/** Sources of one call. */
const sourcesMax = 999;

/** The sources of a call's output with their marks. The key of the call makes them differ from the marks of other calls. */
export function citable(idempotencyKey: string, sources: readonly Source[]): CitableSource[] {
  const call = createHash('sha256').update(idempotencyKey).digest().readUInt32BE() % 36 ** 4;
  const prefix = call.toString(36).padStart(4, '0');
  return sources.slice(0, sourcesMax).map((source, index) => ({ mark: `${prefix}-${index + 1}`, source }));
}

/** A mark as the model reads and writes it. */
export function shownMark({ mark }: CitableSource): string {
  return `【${mark}】`;
}

/** The sentence in an output that asks the model to cite. */
export function citingNotice([first]: readonly CitableSource[]): string {
  if (!first) return '';
  return `Cite the sources that you use: write the mark of a source, such as ${shownMark(first)}, directly after each statement that it supports. Write no other list of sources.`;
}
