import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { AppError } from '@antiphon/contracts';
import { afterAll, expect, it } from 'vitest';
import { failedToConnect } from './connect-failure.ts';
import { Egress } from './egress.ts';
import { egressConfig, egressEnv, egressLimits } from './egress-config.ts';
import { readEnv } from '../config/env.ts';
import { readLimits } from '../config/limits-file.ts';

const egress = new Egress(
  egressConfig(readEnv(egressEnv, { EGRESS_ALLOWED_HOSTS: '127.0.0.1' }), readLimits(egressLimits, {})),
  'webhooks',
);
afterAll(() => egress.close());

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function failureAt(url: string, headTimeoutMs = 2_000): Promise<AppError> {
  const request = { headTimeoutMs, silenceTimeoutMs: 2_000, decodedBytesMax: 1_000 };
  const answer = egress.stream(url, request, new AbortController().signal);
  return answer.then(
    () => {
      throw new Error('it answered');
    },
    (error: unknown) => AppError.from(error),
  );
}

it('distinguishes a server that refuses connections from one that does not answer', async () => {
  const hanging = createServer(() => undefined);
  const breaking = createServer((socket) => socket.once('data', () => socket.destroy()));
  const gone = createServer();
  const [hangs, breaks, isGone] = await Promise.all([hanging, breaking, gone].map(listening));
  await new Promise((resolve) => gone.close(resolve));

  expect(failedToConnect(await failureAt(isGone ?? ''))).toBe(true);
  expect(failedToConnect(await failureAt('http://name.invalid/'))).toBe(true);
  expect(failedToConnect(await failureAt(hangs ?? '', 50))).toBe(false);
  expect(failedToConnect(await failureAt(breaks ?? ''))).toBe(false);
  expect(failedToConnect(await failureAt('http://10.0.0.1:1/'))).toBe(false);
  hanging.close();
  breaking.close();
});
