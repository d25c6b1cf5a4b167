/** A call that a strict server makes. */
export interface AskedCall {
  name: string;
  input: Record<string, string>;
}

/**
 * The calls of the offered tools that a request asks for in its text, as `name(key=value; key=value)`, in the order of the tools; none for
 * `no calls`. Without either, each tool is called with `unasked`.
 */
export function askedCalls(body: unknown, names: readonly string[], unasked: Record<string, string>): AskedCall[] {
  const text = JSON.stringify(body);
  if (text.includes('no calls')) return [];
  const asked = names.flatMap((name): AskedCall[] => {
    const [, list] = new RegExp(`\\b${name}\\(([^()"\\\\]*)\\)`).exec(text) ?? [];
    if (list === undefined) return [];
    const pairs = list.split(';').filter((pair) => pair.includes('='));
    return [{ name, input: Object.fromEntries(pairs.map((pair) => pair.split('=', 2).map((word) => word.trim()) as [string, string])) }]; // split at "="
  });
  return asked.length > 0 ? asked : names.map((name) => ({ name, input: unasked }));
}

/** The text of an answer: JSON where a schema is given. */
export function answerText(hasSchema: boolean): string {
  return hasSchema ? '{"port":"Brest"}' : 'It is done.';
}
