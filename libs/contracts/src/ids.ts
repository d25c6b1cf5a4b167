/** The kinds of ids that the server makes, with their prefixes. */
export const idPrefixes = {
  response: 'resp',
  message: 'msg',
  functionCall: 'fc',
  functionCallOutput: 'fco',
  call: 'call',
  reasoning: 'rs',
  compaction: 'cmp',
  mcpListTools: 'mcpl',
  approvalResponse: 'mcpr',
  additionalTools: 'at',
  toolDecision: 'dec',
  conversation: 'conv',
  delivery: 'wh',
  prompt: 'prompt',
  event: 'evt',
  webhookEndpoint: 'whe',
  user: 'user',
  session: 'sess',
  apiKey: 'key',
  file: 'file',
  upload: 'upload',
  uploadPart: 'part',
  vectorStore: 'vs',
  fileBatch: 'vsfb',
  container: 'cntr',
  containerFile: 'cfile',
} as const;
export type IdKind = keyof typeof idPrefixes;

/** Crockford's base 32, lower case: no letter can be taken for a digit. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLength = 10;
const randomLength = 24;

/**
 * A new id: prefix, 50 bits of time in milliseconds (so that ids of one table lie together in its index), 120 random bits.
 * Matches `^<prefix>_[0-9a-z]{34}$`.
 */
export function newId(kind: IdKind, nowMs: number = Date.now()): string {
  return `${firstIdAt(kind, nowMs)}${randomText()}`;
}

/** A bound between ids: all ids of the kind made at this time or later sort after it, all earlier ones before it. */
export function firstIdAt(kind: IdKind, timeMs: number): string {
  let time = '';
  for (let rest = Math.max(0, timeMs), i = 0; i < timeLength; i++, rest = Math.floor(rest / 32))
    time = alphabet[rest % 32] + time;
  return `${idPrefixes[kind]}_${time}`;
}

/** The time of an id, in milliseconds since the epoch. Null: the server did not make it. */
export function timeOfId(id: string): number | null {
  const time = /^[a-z]+_([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{24}$/.exec(id)?.[1];
  if (time === undefined) return null;
  let ms = 0;
  for (const digit of time) ms = ms * 32 + alphabet.indexOf(digit);
  return ms;
}

/** Random bytes are drawn for many ids at once: a draw costs the same for 24 as for 4096. */
const pool = new Uint8Array(4096);
let poolUsed = pool.length;

function randomText(): string {
  if (poolUsed + randomLength > pool.length) {
    crypto.getRandomValues(pool);
    poolUsed = 0;
  }
  const end = poolUsed + randomLength;
  let text = '';
  for (; poolUsed < end; poolUsed++)
    text += alphabet[(pool[poolUsed] ?? 0) & 31];
  return text;
}

const patterns = Object.fromEntries(
  Object.entries(idPrefixes).map(([kind, prefix]) => [kind, new RegExp(`^${prefix}_[A-Za-z0-9]{20,40}$`)]),
) as Record<IdKind, RegExp>; // one entry for each key of idPrefixes, made from its keys

/** Whether a text can be an id of this kind. Checked before an id reaches a query or a subject. */
export function isId(kind: IdKind, text: string): boolean {
  return patterns[kind].test(text);
}
