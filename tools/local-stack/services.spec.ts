import { expect, test } from 'vitest';
import { serviceEnvironment, servicePorts } from './services.ts';

const wiring = {
  databaseUrl: 'postgres://own',
  natsUrl: 'nats://own',
  encryptionKey: 'key',
  ports: { ...servicePorts, auth: 9081 },
};

test('services are told where the others are, and listen on loopback whatever the caller says', () => {
  expect(serviceEnvironment({ HOST: '0.0.0.0', AUTH_JWKS_URL: 'http://elsewhere' }, wiring)).toMatchObject({
    HOST: '127.0.0.1',
    DATABASE_URL: 'postgres://own',
    NATS_URL: 'nats://own',
    AUTH_JWKS_URL: 'http://127.0.0.1:9081/.well-known/jwks.json',
    GATEWAY_UPSTREAMS: expect.stringContaining(
      'auth=http://127.0.0.1:9081,llm=http://127.0.0.1:8080',
    ) as string,
  });
});

test('the caller’s own variables go through, and win over what a local stack would choose', () => {
  const environment = serviceEnvironment(
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
