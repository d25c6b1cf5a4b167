/**
 * Loaded by `node --import` before a service: stacks name the TypeScript sources of this repository. The source maps are read with the first
 * stack that is written out. Node's own support (`--enable-source-maps`) reads every map at the start: 18 MB and 0.15 s a service.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Maps by the address of their file, for as long as the garbage collector leaves them. */
const maps = new Map<string, WeakRef<SourceMap>>();
const filesWithoutMap = new Set<string>();

Error.prepareStackTrace = (error, frames) =>
  [headOf(error), ...frames.map((frame) => `    at ${inSource(frame)}`)].join('\n');

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error'; // its message cannot be read
  }
}

/** V8 writes its frames; their types leave that out. */
type Frame = NodeJS.CallSite & { toString(): string };

/** Returns a frame as V8 writes it, with its place in the source. */
function inSource(frame: Frame): string {
  const text = frame.toString();
  const file = frame.getFileName();
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
  if (!file?.startsWith('file:') || line === null || column === null) return text;
  const entry = mapOf(file)?.findEntry(line - 1, column - 1);
  // The code of packages has no entries: the nearest one stands in another line.
  if (entry === undefined || !('generatedLine' in entry) || entry.generatedLine !== line - 1) return text;
  const source = fileURLToPath(new URL(entry.originalSource, file));
  const place = `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return text.replace(`${file}:${line}:${column}`, place);
}

function mapOf(file: string): SourceMap | undefined {
  if (filesWithoutMap.has(file) || file.includes('/node_modules/')) return undefined;
  const known = maps.get(file)?.deref();
  if (known) return known;
  try {
    const payload = JSON.parse(readFileSync(new URL(`${file}.map`), 'utf8')) as SourceMapPayload; // the build wrote it
    const map = new SourceMap(payload);
    maps.set(file, new WeakRef(map));
    return map;
  } catch {
    filesWithoutMap.add(file);
    return undefined;
  }
}
