/**
 * The bench's model provider, as a process of its own: OpenAI's chat completions on loopback, as lean as node:http allows. It writes its
 * port as its only line. `GET /bench/arrivals` returns when each prompt that begins with `job ` arrived, and clears the list.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerStream, answerWhole, sharedClockUs } from './chat-answer.ts';
import { chatScript, modelName, pacedLengths } from './chat-script.ts';
import { Pacer } from './pacer.ts';

/** The fields of a request that the provider reads. The bench itself writes the prompts, so the shape is known. */
interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { role: string; content: string | { text?: string }[] | null }[];
}

const paces = [2, 5, 10, 20, 50];
const pacer = new Pacer();
const arrivals = new Map<string, number>();

/** The list serves gateways that refuse unknown models. */
const listedModels = [
  ...[16, 64, 256, 512].map((tokens) => modelName({ tokens })),
  ...[16, 64].map((tokens) => modelName({ tokens, callsTools: true })),
  ...pacedLengths.flatMap((tokens) => paces.map((tokensPerSecond) => modelName({ tokens, tokensPerSecond }))),
];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => serve(request, Buffer.concat(chunks), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has an AddressInfo.
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});

function serve(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const path = request.url ?? '/';
  if (request.method === 'POST' && path.endsWith('/chat/completions')) return answer(body, response);
  if (path === '/bench/arrivals') {
    sendJson(response, 200, Object.fromEntries(arrivals));
    arrivals.clear();
    return;
  }
  if (path.endsWith('/models')) {
    const data = listedModels.map((id) => ({ id, object: 'model', created: 1, owned_by: 'bench' }));
    return sendJson(response, 200, { object: 'list', data });
  }
  sendJson(response, 404, { error: { message: `unknown path ${path}`, type: 'invalid_request_error' } });
}

function answer(body: Buffer, response: ServerResponse): void {
  const { model, stream, messages } = JSON.parse(body.toString('utf8')) as ChatRequest;
  const script = chatScript(model);
  if (script === null)
    return sendJson(response, 404, {
      error: { message: `unknown model ${model}`, type: 'invalid_request_error' },
    });
  const last = messages.at(-1);
  const prompt = textOf(last?.content ?? '');
  if (prompt.startsWith('job ')) arrivals.set(prompt, sharedClockUs());
  const hasOutputs = last?.role === 'tool';
  if (stream) answerStream(response, model, script, { hasOutputs, pacer });
  else answerWhole(response, model, script, hasOutputs);
}

function textOf(content: string | { text?: string }[]): string {
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
