import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { UserError } from '../user-error.ts';

export const loopback = '127.0.0.1';

/** Below the range that systems use for outgoing connections, so a port stays available across restarts. */
const ownRange = { from: 20_000, to: 30_000 };
const attemptsMax = 50;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: loopback, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Returns the preferred port if it is free, otherwise a random free one. */
export async function choosePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const port = randomInt(ownRange.from, ownRange.to);
    if (await isPortFree(port)) return port;
  }
  throw new UserError(`No free port found between ${ownRange.from} and ${ownRange.to}.`);
}

/** Returns the first free port from `from` on. */
export async function nextFreePort(from: number): Promise<number> {
  for (let port = from; port < from + attemptsMax; port++) {
    if (await isPortFree(port)) return port;
  }
  throw new UserError(
    `The ports from ${from} to ${from + attemptsMax - 1} are all taken. Name one: npm start -- --port PORT`,
  );
}
