import type { ProgressToken, ServerNotification } from '@modelcontextprotocol/sdk/types.js';

export interface ProgressOptions {
  /** What the client asked to be told under; nothing is told without it. */
  token: ProgressToken | undefined;
  intervalMs: number;
  send: (notification: ServerNotification) => Promise<void>;
}

/** Tells the client that work began, every while that it goes on, and that it ended. Progress is counted in seconds. */
export async function withProgress<T>(
  { token, intervalMs, send }: ProgressOptions,
  work: () => Promise<T>,
): Promise<T> {
  if (token === undefined) return work();
  const startedAt = performance.now();
  let last = -1;
  const tell = async (message: string, isLast = false) => {
    const seconds = (performance.now() - startedAt) / 1000;
    // Progress has to grow with each notice, the first of which is at 0.
    const progress = last < 0 ? 0 : Math.max(seconds, last + 0.001);
    last = progress;
    const params = { progressToken: token, progress, message, ...(isLast && { total: progress }) };
    // Who is told has gone: the call notices by its signal.
    await send({ method: 'notifications/progress', params }).catch(() => undefined);
  };
  await tell('started');
  const heartbeat = setInterval(() => void tell('running'), intervalMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await tell('finished', true);
  }
}
