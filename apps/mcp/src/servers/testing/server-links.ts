import { AppError } from '@antiphon/contracts';
import { onTestFinished } from 'vitest';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer } from '../registry/server.ts';
import { type Answer, type OwnServer, startOwn } from './own-server.ts';
import { poolTo, serverAt } from './pool.ts';

export const never = new AbortController().signal;

/** A server that gives these answers, and ends with the test. */
export async function own(answers: Record<string, Answer>): Promise<OwnServer> {
  const server = await startOwn(answers);
  onTestFinished(() => server.close());
  return server;
}

/** A link to the server at a URL, which ends with the test. */
export function link(url: string, over: Partial<McpServer> = {}, bounds: Partial<ServerLimits> = {}) {
  const pool = poolTo(url, bounds);
  onTestFinished(() => pool.onModuleDestroy());
  return pool.linkTo(serverAt(url, over));
}

/** The error of a call that fails. Throws where it succeeds. */
export async function failure(promise: Promise<unknown>): Promise<AppError> {
  const outcome = await promise.then(
    (value) => new Error(`it did not fail: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw outcome;
}

export const echo = { name: 'echo', arguments: { n: 1 }, idempotencyKey: 'resp_1:0:0' };
export const quick = { timeouts: { connectMs: 300, listMs: 300, callMs: 300 } };
