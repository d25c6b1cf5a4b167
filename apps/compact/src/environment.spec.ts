import { expect, it } from 'vitest';
import { environmentOf } from './environment.ts';

it('shares the variables of the process between the services', () => {
  const environment = { DATABASE_URL: 'postgres://one', LOG_LEVEL: 'warn' };
  expect(environmentOf('auth', environment)).toEqual(environment);
});

it('gives a service its own port, database and key', () => {
  const environment = {
    DATABASE_URL: 'postgres://all',
    MCP_DATABASE_URL: 'postgres://mcp',
    MCP_ENCRYPTION_KEY: 'key of mcp',
    MCP_PORT: '9091',
    MCP_ALLOWED_ORIGINS: 'https://app.example.com',
  };
  expect(environmentOf('mcp', environment)).toMatchObject({
    DATABASE_URL: 'postgres://mcp',
    ENCRYPTION_KEY: 'key of mcp',
    PORT: '9091',
    MCP_ALLOWED_ORIGINS: 'https://app.example.com',
  });
  expect(environmentOf('auth', environment)).toMatchObject({ DATABASE_URL: 'postgres://all' });
});

it('ignores a port for all services, and empty variables', () => {
  const environment = environmentOf('llm', { PORT: '8000', LLM_PORT: '', ENCRYPTION_KEY: 'key' });
  expect(environment.PORT).toBeUndefined();
});
