/** A tag of a template as it is written: `{{ … }}`, `{% … %}` or `{# … #}`. */
export interface Tag {
  start: number;
  /** The index after the tag; the end of the template where the tag is not closed. */
  end: number;
  isClosed: boolean;
}

/** From 1, as editors count. */
export interface Place {
  line: number;
  column: number;
}

const closings: Record<string, string> = { '{': '}}', '%': '%}', '#': '#}' };

/** The tags of a template in order. Closing marks within strings are ignored. */
export function tagsOf(source: string): Tag[] {
  const tags: Tag[] = [];
  for (let start = nextTag(source, 0); start !== -1; start = nextTag(source, tags.at(-1)?.end ?? 0)) {
    const end = endOfTag(source, start);
    tags.push({ start, end: end ?? source.length, isClosed: end !== null });
  }
  return tags;
}

export function placeOf(source: string, index: number): Place {
  const before = source.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}

function nextTag(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at !== -1; at = source.indexOf('{', at + 1)) {
    if ((source[at + 1] ?? '') in closings) return at;
  }
  return -1;
}

function endOfTag(source: string, start: number): number | null {
  const kind = source[start + 1] ?? '';
  const closing = closings[kind] ?? '';
  if (kind === '#') {
    const at = source.indexOf(closing, start + 2);
    return at === -1 ? null : at + 2;
  }
  let depth = 0;
  for (let at = start + 2; at < source.length; at++) {
    const character = source[at];
    if (character === '"' || character === "'") at = endOfString(source, at);
    else if (depth === 0 && source.startsWith(closing, at)) return at + 2;
    else if (character === '{') depth++;
    else if (character === '}') depth--;
  }
  return null;
}

function endOfString(source: string, start: number): number {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === quote) return at;
  }
  return source.length;
}
