/** Binary data in base64: its media type, or `base64` where the text does not say it, and its bytes. */
export interface Binary {
  type: string;
  size: number;
}

type Name = (binary: Binary) => string;

/** Longer JSON is not parsed, so that no text holds up the page. */
const parsedMax = 2_000_000;
const wholeBase64 = /^(?:data:([\w.+-]+\/[\w.+-]+);base64,)?([A-Za-z0-9+/]{512,}={0,2})$/;
const partOfBase64 = /(?:data:([\w.+-]+\/[\w.+-]+);base64,)?([A-Za-z0-9+/]{512,}={0,2})/g;

/** JSON as indented lines whose strings have real line breaks, and base64 by its name; null where the text is not JSON. */
export function readable(text: string, name: Name): string | null {
  if (!/^\s*[[{]/.test(text) || text.length > parsedMax) return null;
  try {
    return lines(JSON.parse(text), '', name);
  } catch {
    return null;
  }
}

/** A text with base64 by its name. Base64 that reaches the end of a head goes on to the end of the whole text, which has `bytes`. */
export function withoutBase64(head: string, { bytes, name }: { bytes: number; name: Name }): string {
  return head.replace(partOfBase64, (match, type: string | undefined, data: string, place: number) => {
    const isToEnd = place + match.length === head.length;
    const characters = isToEnd ? bytes - place - (match.length - data.length) : data.length;
    return name({ type: type ?? 'base64', size: characters * bytesPerCharacter });
  });
}

const bytesPerCharacter = 0.75;

function lines(value: unknown, indent: string, name: Name): string {
  if (typeof value === 'string') return stringLines(value, indent, name);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const entries = Array.isArray(value)
    ? value.map((entry) => lines(entry, deeper, name))
    : Object.entries(value).map(([key, entry]) => `${key}: ${lines(entry, deeper, name)}`);
  if (entries.length === 0) return Array.isArray(value) ? '[]' : '{}';
  return entries
    .map((entry) => `\n${indent}${Array.isArray(value) ? '- ' : ''}${entry}`)
    .join('')
    .replace(/^\n/, indent === '' ? '' : '\n');
}

function stringLines(value: string, indent: string, name: Name): string {
  const [, type, data] = wholeBase64.exec(value) ?? [];
  if (data !== undefined) return name({ type: type ?? 'base64', size: data.length * bytesPerCharacter });
  return value.includes('\n')
    ? value
        .split('\n')
        .map((line) => `\n${indent}${line}`)
        .join('')
    : value;
}
