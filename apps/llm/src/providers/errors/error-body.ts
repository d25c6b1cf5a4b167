import { parsedJson } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../json-object.ts';

/** The contents of a provider's error body, independent of its shape. */
export interface ErrorBody {
  /** The provider's sentence, not yet cleaned. */
  sentence: string | undefined;
  /** The values of `code`, `type` and `status`, the innermost object first. */
  words: readonly string[];
  /** The first `code` that is not a number. */
  code: string | undefined;
  /** The HTTP status named in the body; errors in the middle of a stream have no other. */
  status: number | undefined;
  /** The wait before the next attempt, where the body names one. */
  retryAfterMs: number | undefined;
  /** Whether the body lists moderation reasons (OpenRouter's `metadata.reasons`). */
  isFlagged: boolean;
  /** Whether the body is an HTML page. */
  isPage: boolean;
}

/** The maximum length of a sentence that is classified, in characters. */
const sentenceLengthMax = 4_000;

/** The maximum nesting that is read: a proxy quotes the error of its upstream, which may quote another. */
const depthMax = 6;

/**
 * Reads an error body: parsed JSON, the text of JSON, an event of a stream, HTML or plain text. The shapes in use are OpenAI's
 * `{error: {message, type, code}}`, the same fields without `error` (vLLM, SGLang), `{error: "text"}` (Ollama, xAI), FastAPI's
 * `{detail: "text" | [{loc, msg}]}`, Mistral's `{message: {detail: […]}}`, Google's `[{error: {status, details}}]`, OpenRouter's
 * `{error: {metadata: {raw}}}`, `{errors: […]}` (Cloudflare) and JSON within the text of a message.
 */
export function readErrorBody(body: unknown): ErrorBody {
  const found: Found = {
    words: [],
    code: undefined,
    statuses: [],
    retryAfterMs: undefined,
    isFlagged: false,
    isPage: false,
  };
  const sentence = readValue(body, found, 0);
  return {
    sentence: sentence?.slice(0, sentenceLengthMax),
    words: found.words,
    code: found.code,
    status: found.statuses[0],
    retryAfterMs: found.retryAfterMs,
    isFlagged: found.isFlagged,
    isPage: found.isPage,
  };
}

interface Found {
  words: string[];
  code: string | undefined;
  statuses: number[];
  retryAfterMs: number | undefined;
  isFlagged: boolean;
  isPage: boolean;
}

/** Returns the sentence; adds everything else to `found`. */
function readValue(value: unknown, found: Found, depth: number): string | undefined {
  if (depth > depthMax) return undefined;
  if (typeof value === 'string') return readText(value, found, depth);
  if (Array.isArray(value)) return readList(value, found, depth);
  return isObject(value) ? readObject(value, found, depth) : undefined;
}

function readText(text: string, found: Found, depth: number): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  // An error may come as an event of a stream, `data: {…}` or vLLM's `error: {…}`.
  const json = /^(?:event:[^\n]*\n)?(?:(?:data|error):\s*)?([[{][^]*[\]}])$/.exec(trimmed)?.[1];
  const parsed = json === undefined ? undefined : parsedJson(json);
  if (parsed !== undefined) return readValue(parsed, found, depth + 1);
  if (!/^<(?:!doctype|html|head|\?xml)/i.test(trimmed)) return trimmed;
  found.isPage = true;
  return pageTitle(trimmed);
}

/** How much of a page is searched for its title, in characters. */
const pageHeadMax = 8_192;

/** The title or first heading of an HTML page. */
function pageTitle(html: string): string | undefined {
  const title = /<(title|h1)[^>]*>([^<]{1,500})<\/\1>/i.exec(html.slice(0, pageHeadMax))?.[2];
  return title?.trim() || undefined;
}

/** Joins a list of errors (FastAPI, Cloudflare) into one sentence, each with its location. */
function readList(list: readonly unknown[], found: Found, depth: number): string | undefined {
  const sentences = list.slice(0, 5).flatMap((entry) => {
    const sentence = readValue(entry, found, depth + 1);
    const place = isObject(entry) && Array.isArray(entry['loc']) ? entry['loc'].join('.') : '';
    if (sentence === undefined) return [];
    return [place === '' ? sentence : `${place}: ${sentence}`];
  });
  return sentences.length > 0 ? sentences.join('; ') : undefined;
}

/** Fields with a nested error. Its sentence is preferred: the upstream's message is more exact than the proxy's. */
const nestedFields = ['error', 'errors', 'response'];
const sentenceFields = [
  'message',
  'Message',
  'detail',
  'msg',
  'error_message',
  'error_msg',
  'error_description',
];
const wordFields = ['code', 'type', 'status', 'error_code', 'error_type', '__type'];
const statusFields = ['status', 'code', 'status_code', 'statusCode', 'http_status'];

function readObject(object: UnknownObject, found: Found, depth: number): string | undefined {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  if (Array.isArray(metadata['reasons']) && metadata['reasons'].length > 0) found.isFlagged = true;
  const upstream = readValue(metadata['raw'], found, depth + 1);
  const inner = isObject(object['innererror']) ? object['innererror']['code'] : undefined;
  if (typeof inner === 'string') found.words.push(inner);
  const nested = firstSentence(nestedFields, object, found, depth);
  for (const field of wordFields) {
    const word = object[field];
    if (typeof word === 'string' && word !== '') {
      found.words.push(word);
      if (field === 'code' && /\D/.test(word)) found.code ??= word;
    } else if (field === 'code' && typeof word === 'number') found.words.push(String(word));
  }
  for (const field of statusFields) {
    const status = Number(object[field]);
    if (Number.isInteger(status) && status >= 400 && status < 600) found.statuses.push(status);
  }
  found.retryAfterMs ??= retryDelayOf(object);
  return upstream ?? nested ?? firstSentence(sentenceFields, object, found, depth);
}

function firstSentence(
  fields: readonly string[],
  object: UnknownObject,
  found: Found,
  depth: number,
): string | undefined {
  for (const field of fields) {
    const sentence = readValue(object[field], found, depth + 1);
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}

/** Google's `details: [{retryDelay: "34.4s"}]`, or `retry_after` in seconds. */
function retryDelayOf(object: UnknownObject): number | undefined {
  const details: unknown[] = Array.isArray(object['details']) ? object['details'] : [];
  for (const detail of details) {
    const delay = isObject(detail) ? detail['retryDelay'] : undefined;
    const seconds =
      typeof delay === 'string' ? Number(/^([\d.]+)s$/.exec(delay)?.[1] ?? Number.NaN) : Number.NaN;
    if (seconds >= 0) return seconds * 1000;
  }
  const seconds = object['retry_after'];
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined;
}
