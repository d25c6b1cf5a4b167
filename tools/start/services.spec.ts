import { expect, test } from 'vitest';
import { natsUrlsOf, newNatsPasswords } from '../nats/nats-users.ts';
import { chooseServicePorts, serviceEnvironment, serviceNames } from './services.ts';

const wiring = {
  databaseUrl: 'postgres://own',
  natsUrls: natsUrlsOf('127.0.0.1:4222', { ...newNatsPasswords(), llm: 'secret' }),
  encryptionKey: 'key',
  ports: { auth: 9081, llm: 8080, mcp: 8091, responses: 8082, worker: 8083 },
};

test('services get each other’s addresses, and listen on loopback even if HOST is set', () => {
  expect(
    serviceEnvironment('llm', { HOST: '0.0.0.0', AUTH_JWKS_URL: 'http://elsewhere' }, wiring),
  ).toMatchObject({
    HOST: '127.0.0.1',
    DATABASE_URL: 'postgres://own',
    NATS_URL: 'nats://llm:secret@127.0.0.1:4222',
    AUTH_JWKS_URL: 'http://127.0.0.1:9081/.well-known/jwks.json',
    GATEWAY_UPSTREAMS: expect.stringContaining(
      'auth=http://127.0.0.1:9081,llm=http://127.0.0.1:8080',
    ) as string,
  });
});

test('the caller’s variables override the defaults of a local stack', () => {
  const environment = serviceEnvironment(
    'llm',
    { OPENAI_API_KEY: 'sk', RATE_LIMIT_ENABLED: 'true', UNKNOWN_MODELS: '' },
    wiring,
  );
  expect(environment).toMatchObject({
    OPENAI_API_KEY: 'sk',
    RATE_LIMIT_ENABLED: 'true',
    UNKNOWN_MODELS: 'default',
    AUTH_ANONYMOUS: 'true',
  });
});

test('each service gets a port of its own', async () => {
  const ports = await chooseServicePorts();
  expect(Object.keys(ports).sort()).toEqual([...serviceNames].sort());
  expect(new Set(Object.values(ports)).size).toBe(serviceNames.length);
});

test('the gateway gets no NATS address', () => {
  expect(serviceEnvironment('local-gateway', {}, wiring)).not.toHaveProperty('NATS_URL');
});

test('one process for all services gets a port for each, no NATS address, and no key of another installation', () => {
  const environment = serviceEnvironment(
    'compact',
    { AUTH_ENCRYPTION_KEY: 'of docker compose' },
    { ...wiring, natsUrls: undefined },
  );
  expect(environment).toMatchObject({
    AUTH_PORT: '9081',
    WORKER_PORT: '8083',
    ENCRYPTION_KEY: 'key',
    AUTH_ENCRYPTION_KEY: '',
    AUTH_JWKS_URL: 'http://127.0.0.1:9081/.well-known/jwks.json',
  });
  expect(environment).not.toHaveProperty('NATS_URL');
});
