import fastify from 'fastify';
import { expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import { logRequests, logResponseId } from './request-log.ts';

async function linesOf(url: string): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const server = fastify();
  logRequests(server, createLogger('things', 'info', sink), (route) => route !== '/healthz');
  server.get('/healthz', () => 'ok');
  server.post('/things', (request) => {
    Object.assign(request, { caller: { userId: 'user_1' } });
    logResponseId(request, 'resp_1');
    return 'made';
  });
  await server.inject({ method: url === '/healthz' ? 'GET' : 'POST', url });
  await server.close();
  return lines;
}

test('a request has one line, with its caller and its response, without its query', async () => {
  const lines = await linesOf('/things?key=secret');
  expect(lines).toMatchObject([
    {
      level: 'info',
      msg: 'request',
      method: 'POST',
      path: '/things',
      status: 200,
      userId: 'user_1',
      responseId: 'resp_1',
    },
  ]);
  expect(lines[0]).toHaveProperty('requestId');
  expect(lines[0]).toHaveProperty('ms');
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('a request of an unknown caller has a line too, and a probe has none', async () => {
  const [line] = await linesOf('/other');
  expect(line).toMatchObject({ path: '/other', status: 404 });
  expect(line).not.toHaveProperty('userId');
  expect(await linesOf('/healthz')).toEqual([]);
});
