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
    const named = /at position (\d+)/.exec(why);
    const at = named ? Number(named[1]) : text.length;
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    return {
      line,
      column: at - before.lastIndexOf('\n'),
      why: why.replace(/ (?:in JSON )?at position .*$/s, ''),
    };
  }
}
