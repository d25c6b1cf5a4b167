import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { closeServer, listen } from './public-servers.ts';

const Message = z.object({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});
export type Message = z.infer<typeof Message>;

export interface SeenMessage extends Message {
  headers: IncomingMessage['headers'];
}

/** Returns the result of a request, or undefined after it wrote to the reply itself. */
export type Answer = (message: SeenMessage, reply: ServerResponse) => unknown;

/** A hand-written MCP server that can misbehave on the wire in ways that a library does not allow. */
export interface OwnServer {
  url: string;
  messages: SeenMessage[];
  /** The streams for unrequested messages that clients have opened. */
  listeners: ServerResponse[];
  /** The headers of the requests for the rest of an answer, which `answers.resume` answers. */
  resumed: IncomingMessage['headers'][];
  send(message: unknown): void;
  close(): Promise<void>;
}

export async function startOwn(answers: Record<string, Answer>): Promise<OwnServer> {
  const messages: SeenMessage[] = [];
  const listeners: ServerResponse[] = [];
  const resumed: IncomingMessage['headers'][] = [];
  const server = createServer((request, reply) => {
    if (request.method === 'GET' && request.headers['last-event-id'] !== undefined && answers.resume) {
      resumed.push(request.headers);
      answers.resume({ headers: request.headers }, reply);
    } else if (request.method === 'GET' && answers.listen) {
      listeners.push(reply.writeHead(200, { 'content-type': 'text/event-stream' }));
      reply.flushHeaders();
    } else if (request.method === 'POST') {
      void read(request).then((message) => take(message, reply));
    } else {
      reply.writeHead(405).end();
    }
  });
  const take = (message: SeenMessage, reply: ServerResponse) => {
    messages.push(message);
    const isRequest = message.id !== undefined && message.method !== undefined;
    const answer = answers[message.method ?? ''] ?? defaults[message.method ?? ''];
    const result = isRequest ? answer?.(message, reply) : undefined;
    if (!isRequest) reply.writeHead(202).end();
    else if (result !== undefined) giveResult(reply, message, result);
  };
  const url = await listen(server);
  return {
    url: `${url}/mcp`,
    messages,
    listeners,
    resumed,
    send: (message) => {
      for (const listener of listeners) listener.write(`data: ${JSON.stringify(message)}\n\n`);
    },
    close: () => closeServer(server),
  };
}

export function giveResult(reply: ServerResponse, { id }: Message, result: unknown): void {
  reply
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

/** An ordinary tool. */
export function plainTool(name: string, over: Record<string, unknown> = {}) {
  return { name, description: `The ${name} tool.`, inputSchema: { type: 'object', properties: {} }, ...over };
}

const defaults: Record<string, Answer> = {
  initialize: ({ params }) => ({
    protocolVersion: params?.protocolVersion,
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: 'own', version: '1' },
  }),
  'tools/list': () => ({ tools: [plainTool('echo')] }),
  'tools/call': ({ params }) => ({ content: [{ type: 'text', text: JSON.stringify(params?.arguments) }] }),
};

async function read(request: IncomingMessage): Promise<SeenMessage> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return { ...Message.parse(JSON.parse(Buffer.concat(chunks).toString())), headers: request.headers };
}
