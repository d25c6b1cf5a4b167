import { connect } from 'node:net';
import { UserError } from '../user-error.ts';

const connectTimeoutMs = 5000;

/** Checks that a server of the caller, named in a variable, answers. */
export async function namedServer(
  variable: 'DATABASE_URL' | 'NATS_URL',
  value: string,
): Promise<{ url: string }> {
  const { scheme, usualPort } = usual[variable];
  // A list of NATS servers is checked by its first one.
  const first = value.split(',')[0] ?? value;
  const url = URL.parse(first.includes('://') ? first : `${scheme}://${first}`);
  if (url === null || url.hostname === '') throw new UserError(`${variable} is not the address of a server.`);
  const port = url.port === '' ? usualPort : Number(url.port);
  if (await answers(url.hostname, port)) return { url: value };
  throw new UserError(
    `Nothing answers at ${url.hostname}:${port}, which ${variable} names. Without ${variable}, npm start runs its own.`,
  );
}

const usual = {
  DATABASE_URL: { scheme: 'postgres', usualPort: 5432 },
  NATS_URL: { scheme: 'nats', usualPort: 4222 },
};

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy());
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(false));
  });
}
