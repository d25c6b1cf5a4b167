import { AppError, type BodyLimits, isStorableText, nameOf, storableText } from '@antiphon/contracts';
import { excessOf } from './measure-json.ts';

export interface JsonReading {
  limits: BodyLimits;
  /**
   * Whether texts within this object of the body are made storable instead of refused: a caller cannot correct the output of a tool.
   * Left out, none are.
   */
  mendsTextOf?: MendsTextOf | undefined;
}

export type MendsTextOf = (object: Readonly<Record<string, unknown>>) => boolean;

/**
 * A request's body as JSON, without values that other parts cannot handle: more or deeper values than the limits allow, NUL
 * characters and lone surrogates (PostgreSQL refuses them), `__proto__` keys. An empty body is undefined. Throws `invalid_request`, which
 * names the place of the text or key that is refused.
 */
export function readJson(body: Buffer, { limits, mendsTextOf = () => false }: JsonReading): unknown {
  if (body.length === 0) return undefined;
  const excess = excessOf(body, limits);
  if (excess !== null) throw refusedBody(excess);
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusedBody('The body is not valid JSON.', [], cause);
  }
  // Refused characters and hidden keys need an escape, so most bodies are not walked.
  if (text.includes('\\u') || text.includes('__proto__'))
    return new Cleaning(mendsTextOf).clean(value, false);
  return value;
}

/** One walk through a body. */
class Cleaning {
  private readonly path: (string | number)[] = [];

  constructor(private readonly mendsTextOf: MendsTextOf) {}

  /** The value with its texts made storable where they are mended, in place. */
  clean(value: unknown, isMended: boolean): unknown {
    if (typeof value === 'string') return this.cleanText(value, isMended);
    if (typeof value !== 'object' || value === null) return value;
    // JSON that is not an array here is an object.
    const container = value as Record<string | number, unknown>;
    const isMendedInside = isMended || (!Array.isArray(value) && this.mendsTextOf(container));
    for (const [key, entry] of Object.entries(container)) {
      this.path.push(Array.isArray(value) ? Number(key) : key);
      this.checkKey(key);
      const cleaned = this.clean(entry, isMendedInside);
      if (cleaned !== entry) container[key] = cleaned;
      this.path.pop();
    }
    return value;
  }

  private cleanText(text: string, isMended: boolean): string {
    if (isStorableText(text)) return text;
    if (isMended) return storableText(text);
    throw refusedBody(`${nameOf(this.path) || 'The body'} ${unstorable}`, this.path);
  }

  private checkKey(key: string): void {
    if (key === '__proto__') throw refusedBody('The body must not have a key named __proto__.', this.path);
    if (!isStorableText(key)) {
      const holder = nameOf(this.path.slice(0, -1)) || 'The body';
      throw refusedBody(`A key of ${holder} ${unstorable}`, this.path.slice(0, -1));
    }
  }
}

const unstorable = 'holds a NUL character or half of a surrogate pair: remove it.';

function refusedBody(message: string, path: readonly (string | number)[] = [], cause?: unknown): AppError {
  return new AppError('invalid_request', message, {
    param: nameOf(path) || undefined,
    issues: [{ path: [...path], message, kind: 'wrong_value' }],
    cause,
  });
}
