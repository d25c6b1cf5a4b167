/** What is wrong in a text, and where. */
export interface TextFault {
  /** From 1. */
  line: number;
  column: number;
  why: string;
}

/** Where a text stops being JSON, by line and column; null where it is JSON. */
export function jsonFault(text: string): TextFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ...textPlace(text, faultIndex(text)),
      why: why.replace(
        /,? (?:\.{3})?"[^]*"(?:\.{3})? is not valid JSON$|(?: in JSON)? at position [^]*$/,
        '',
      ),
    };
  }
}

/** The line and the column of an index. */
export function textPlace(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}

const token =
  /[ \t\n\r]*(?:(?<sign>[{}[\],:])|(?<text>"[^"\\\n\r\t]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\n\r\t]*)*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

/** What may come next: a value, a key, the colon after a key, or what follows a value. `first` may also be the end of its list or object. */
type Expected = 'value' | 'firstValue' | 'key' | 'firstKey' | 'colon' | 'next';

/** The index of the first character that does not continue JSON. Engines name it in some of their messages only. */
function faultIndex(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    const after: Expected | null =
      found && follow(found.groups?.['sign'], found.groups?.['text'], expected, open);
    if (!after) return at + (/^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0);
    expected = after;
    at = token.lastIndex;
  }
}

/** What may come after a token; null where the token itself may not come. `open` has the ends of what is open. */
function follow(
  sign: string | undefined,
  text: string | undefined,
  expected: Expected,
  open: string[],
): Expected | null {
  const closes = sign !== undefined && sign === open.at(-1);
  switch (expected) {
    case 'colon':
      return sign === ':' ? 'value' : null;
    case 'key':
    case 'firstKey':
      if (text !== undefined) return 'colon';
      return closes && expected === 'firstKey' ? close(open) : null;
    case 'next':
      if (closes) return close(open);
      return sign === ',' && open.length > 0 ? (open.at(-1) === '}' ? 'key' : 'value') : null;
    case 'value':
    case 'firstValue':
      if (closes && expected === 'firstValue') return close(open);
      if (sign === undefined) return 'next';
      if (sign !== '{' && sign !== '[') return null;
      open.push(sign === '{' ? '}' : ']');
      return sign === '{' ? 'firstKey' : 'firstValue';
  }
}

function close(open: string[]): Expected {
  open.pop();
  return 'next';
}
