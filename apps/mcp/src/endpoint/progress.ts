import type { ProgressToken, ServerNotification } from '@modelcontextprotocol/sdk/types.js';
import { cleanText } from '../servers/connection/clean-text.ts';
import type { ToolProgress } from '../host/tool.ts';

export interface ProgressOptions {
  /** The token under which the client asked for progress; without it no notification is sent. */
  token: ProgressToken | undefined;
  intervalMs: number;
  send: (notification: ServerNotification) => Promise<void>;
}

/** The least time between two notifications, however often a tool reports progress. */
const pauseMs = 100;
const wordsMax = 200;

/**
 * Notifies the client when work starts, at an interval while it runs, and when it ends. Progress is counted in seconds; the tool's own report
 * is the message.
 */
export async function withProgress<T>(
  { token, intervalMs, send }: ProgressOptions,
  work: (onProgress?: (progress: ToolProgress) => void) => Promise<T>,
): Promise<T> {
  if (token === undefined) return work();
  const startedAt = performance.now();
  let last = -1;
  let stage = 'running';
  const secondsSoFar = () => (performance.now() - startedAt) / 1000;
  const notify = async (message: string, isLast = false) => {
    // Progress must grow with each notification, from 0.
    const progress = last < 0 ? 0 : Math.max(secondsSoFar(), last + 0.001);
    last = progress;
    const params = { progressToken: token, progress, message, ...(isLast && { total: progress }) };
    // The client is gone: the call ends by its signal.
    await send({ method: 'notifications/progress', params }).catch(() => undefined);
  };
  await notify('started');
  const heartbeat = setInterval(() => void notify(stage), intervalMs);
  const onProgress = (progress: ToolProgress) => {
    stage = inWords(progress);
    if (secondsSoFar() - last >= pauseMs / 1000) void notify(stage);
  };
  try {
    return await work(onProgress);
  } finally {
    clearInterval(heartbeat);
    await notify('finished', true);
  }
}

function inWords({ progress, total, message }: ToolProgress): string {
  const count = total === undefined ? String(progress) : `${progress} of ${total}`;
  return cleanText([count, message ?? ''].filter((words) => words !== '').join(': '), wordsMax);
}
