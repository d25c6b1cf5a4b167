import { issuesOf } from '@antiphon/contracts';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './env.ts';

/** What is wrong at a place of a settings file. */
export interface FileProblem {
  path: readonly PropertyKey[];
  complaint: string;
}

/** Changes a file's content before its schema checks it; `report` refuses a place. */
export type Prepare = (content: unknown, report: (problem: FileProblem) => void) => unknown;

/**
 * Reads an operator's settings in YAML or JSON by a schema. `source` begins the messages: `TOOLS_FILE: /etc/tools.yml`. Throws ConfigError that names
 * every invalid entry by line and path.
 */
export function parseSettingsFile<Schema extends z.ZodType>(
  text: string,
  source: string,
  schema: Schema,
  prepare: Prepare = (content) => content,
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw unusable(
      source,
      document.errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`),
    );
  const describe = ({ path, complaint }: FileProblem) => {
    const start = nodeStart(document, path);
    const place = path.map(String).join('.') || 'the file';
    return `${start === null ? '' : `line ${lines.linePos(start).line}: `}${place}: ${complaint}`;
  };
  const problems: FileProblem[] = [];
  const content = prepare(document.toJS() ?? {}, (problem) => problems.push(problem));
  if (problems.length > 0) throw unusable(source, problems.map(describe));
  const result = schema.safeParse(content, { reportInput: true });
  if (result.success) return result.data;
  throw unusable(source, issuesOf(result.error, { countMax: Infinity }).map(describe));
}

function unusable(source: string, problems: readonly string[]): ConfigError {
  return new ConfigError(`${source} is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}

/** The start of the deepest node on a path that the document has. */
function nodeStart(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number | null {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (hasRange(node)) return node.range[0];
  }
  return null;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
