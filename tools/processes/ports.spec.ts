import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { choosePort, isPortFree, loopback, nextFreePort } from './ports.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function takePort(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

test('a free preferred port is chosen', async () => {
  const port = await choosePort();
  expect(await choosePort(port)).toBe(port);
});

test.each([loopback, '0.0.0.0'])('a port with a listener at %s is not free', async (host) => {
  const port = await takePort(host);
  expect(await isPortFree(port)).toBe(false);
  expect(await choosePort(port)).not.toBe(port);
});

test('the next free port skips a taken one', async () => {
  const port = await takePort(loopback);
  expect(await nextFreePort(port)).toBeGreaterThan(port);
});
