import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { namedServer } from './named-server.ts';
import { choosePort, loopback } from '../processes/ports.ts';

test('a server that answers is used with its URL unchanged', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const list = `${loopback}:${port},other:4222`;
    expect(await namedServer('NATS_URL', list)).toEqual({ url: list });
    const address = `postgresql://user:secret@${loopback}:${port}/db?sslmode=disable`;
    expect(await namedServer('DATABASE_URL', address)).toEqual({ url: address });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('the error for a server that does not answer names it without its password', async () => {
  const port = await choosePort();
  const failure = await namedServer('DATABASE_URL', `postgres://user:secret@${loopback}:${port}/db`).catch(
    String,
  );
  expect(failure).toContain(`Nothing answers at ${loopback}:${port}, which DATABASE_URL names.`);
  expect(failure).not.toContain('secret');
});

test.each(['not an address', 'postgres://'])('%j is refused', async (value) => {
  await expect(namedServer('DATABASE_URL', value)).rejects.toThrow(
    'DATABASE_URL is not the address of a server.',
  );
});
