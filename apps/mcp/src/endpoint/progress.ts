import type { ProgressToken, ServerNotification } from '@modelcontextprotocol/sdk/types.js';
import { cleanText } from '../servers/connection/clean-text.ts';
import type { ToolProgress } from '../host/tool.ts';

export interface ProgressOptions {
  /** What the client asked to be told under; nothing is told without it. */
  token: ProgressToken | undefined;
  intervalMs: number;
  send: (notification: ServerNotification) => Promise<void>;
}

/** However often a tool tells of its progress, the client is told no more often. */
const pauseMs = 100;
const wordsMax = 200;

/**
 * Tells the client that work began, every while that it goes on, and that it ended. Progress is counted in seconds; what the tool itself
 * tells of it is the message.
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
  const tell = async (message: string, isLast = false) => {
    // Progress has to grow with each notice, the first of which is at 0.
    const progress = last < 0 ? 0 : Math.max(secondsSoFar(), last + 0.001);
    last = progress;
    const params = { progressToken: token, progress, message, ...(isLast && { total: progress }) };
    // Who is told has gone: the call notices by its signal.
    await send({ method: 'notifications/progress', params }).catch(() => undefined);
  };
  await tell('started');
  const heartbeat = setInterval(() => void tell(stage), intervalMs);
  const onProgress = (progress: ToolProgress) => {
    stage = inWords(progress);
    if (secondsSoFar() - last >= pauseMs / 1000) void tell(stage);
  };
  try {
    return await work(onProgress);
  } finally {
    clearInterval(heartbeat);
    await tell('finished', true);
  }
}

function inWords({ progress, total, message }: ToolProgress): string {
  const count = total === undefined ? String(progress) : `${progress} of ${total}`;
  return cleanText([count, message ?? ''].filter((words) => words !== '').join(': '), wordsMax);
}
