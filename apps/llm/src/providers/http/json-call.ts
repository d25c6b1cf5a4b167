import { AppError, parsedJson } from '@antiphon/contracts';
import { type Dispatcher, Pool } from 'undici';
import type { Authorizer } from '../auth/authorizer.ts';
import {
  abortError,
  protocolError,
  quotedHeaders,
  statusError,
  transportError,
  withoutSecrets,
} from '../errors/provider-errors.ts';

export interface JsonCall {
  /** The provider's name in messages. */
  provider: string;
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** Of the whole call. */
  timeoutMs: number;
  /** Bytes of the answer. */
  answerBytesMax: number;
  /** Its secrets are removed from error messages. */
  authorizer: Pick<Authorizer, 'secrets'>;
}

/** Bytes of an error's body that are read for its message. */
const errorBodyBytesMax = 64 * 1024;

/**
 * A call whose answer is one JSON value: a list of models, embeddings. Returns undefined for an answer that is not JSON. Throws AppError with the
 * codes of a model turn.
 */
export async function callJson(pool: Dispatcher, call: JsonCall, signal: AbortSignal): Promise<unknown> {
  try {
    const { status, headers, text } = await exchange(pool, call, signal);
    if (status >= 200 && status <= 299) return parsedJson(text);
    throw statusError(call.provider, status, headers, text);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    throw error instanceof Error ? withoutSecrets(error, call.authorizer.secrets) : error;
  }
}

/** A call of a server that is asked once in a while: its connection is closed afterwards. */
export async function callJsonOnce(origin: string, call: JsonCall, signal: AbortSignal): Promise<unknown> {
  const pool = new Pool(origin, { connections: 1, connect: { timeout: call.timeoutMs } });
  try {
    return await callJson(pool, call, signal);
  } finally {
    await pool.destroy();
  }
}

async function exchange(
  pool: Dispatcher,
  call: JsonCall,
  signal: AbortSignal,
): Promise<{ status: number; headers: Headers; text: string }> {
  const { provider, method, path, headers, body, timeoutMs } = call;
  const bounds = {
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  };
  let hasAnswered = false;
  try {
    const reply = await pool.request({ method, path, headers, body, ...bounds });
    hasAnswered = true;
    const isError = reply.statusCode < 200 || reply.statusCode > 299;
    return {
      status: reply.statusCode,
      headers: quotedHeaders(reply.headers),
      text: isError ? await readStart(reply.body) : await readWhole(reply.body, call),
    };
  } catch (error) {
    throw error instanceof AppError ? error : transportError(provider, error, hasAnswered);
  }
}

async function readWhole(
  body: AsyncIterable<Buffer>,
  { provider, answerBytesMax }: JsonCall,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > answerBytesMax)
      throw protocolError(provider, `answered with more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    if ((bytes += chunk.length) >= errorBodyBytesMax) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
