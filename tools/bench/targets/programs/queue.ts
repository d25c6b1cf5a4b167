/**
 * The in-memory queue: background runs without durability. `POST /jobs` takes a chat request and answers 202 at once; workers send it to the
 * provider; `GET /done` returns how many have ended. Argument: the provider's origin. It writes its port as its only line.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const workers = 64;

const [origin = ''] = process.argv.slice(2);
const provider = new Pool(origin, { connections: workers });
const queue: Buffer[] = [];
let working = 0;
let done = 0;
let lastId = 0;

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end(JSON.stringify({ done }));
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    queue.push(Buffer.concat(chunks));
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: `job_${++lastId}`, status: 'queued' }));
    if (working < workers) void work();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has an AddressInfo.
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});

async function work(): Promise<void> {
  working++;
  for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
    const headers = { 'content-type': 'application/json' };
    const answer = await provider.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
    await answer.body.text();
    done++;
  }
  working--;
}
