import { AppError } from '@antiphon/contracts';

/**
 * A request's body as JSON, with everything refused that would break something further down: nesting deeper than `depthMax` (recursion
 * overflows), NUL characters and lone surrogates (PostgreSQL refuses them), `__proto__` keys. An empty body is undefined. Throws
 * `invalid_request`.
 */
export function readJson(body: Buffer, depthMax: number): unknown {
  if (body.length === 0) return undefined;
  if (nestsDeeperThan(body, depthMax)) {
    throw refusedBody(`The body is nested too deeply: at most ${depthMax} levels are allowed.`);
  }
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusedBody('The body is not valid JSON.', cause);
  }
  // Only an escape can smuggle in what is refused here, or hide a key: most bodies are not walked.
  if (text.includes('\\u') || text.includes('__proto__')) refuseUnsafe(value);
  return value;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function nestsDeeperThan(body: Buffer, depthMax: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (isInText) {
      if (byte === backslash) i++;
      else if (byte === quote) isInText = false;
    } else if (byte === quote) isInText = true;
    else if (byte === openBrace || byte === openBracket) {
      if (++depth > depthMax) return true;
    } else if (byte === closeBrace || byte === closeBracket) depth--;
  }
  return false;
}

function refuseUnsafe(value: unknown): void {
  if (typeof value === 'string') return refuseUnsafeText(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__') throw refusedBody('The body must not have a key named __proto__.');
    refuseUnsafeText(key);
    refuseUnsafe(entry);
  }
}

function refuseUnsafeText(text: string): void {
  if (!text.isWellFormed() || text.includes('\u0000')) {
    throw refusedBody('The body holds a NUL character or half of a surrogate pair: remove it.');
  }
}

function refusedBody(message: string, cause?: unknown): AppError {
  return new AppError('invalid_request', message, {
    issues: [{ path: [], message, kind: 'wrong_value' }],
    cause,
  });
}
