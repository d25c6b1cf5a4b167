import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { choosePort } from '@antiphon/tools/processes/ports';
import { repositoryRoot } from '@antiphon/tools/repository';
import { z } from 'zod';

/** Starts `@modelcontextprotocol/server-everything` with one of its transports. */
export async function startEverything(mode: 'streamableHttp' | 'sse') {
  const port = await choosePort();
  const program = join(repositoryRoot, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
  const child = spawn(process.execPath, [program, mode], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await saidWhereItListens(child);
  return {
    url: `http://127.0.0.1:${port}/${mode === 'sse' ? 'sse' : 'mcp'}`,
    stop: () => void child.kill('SIGKILL'),
  };
}

/** Starts a server with a reading and a writing tool, built with the official library. It records what it was sent and what it wrote. */
export class OutsideServer {
  readonly headers: IncomingMessage['headers'][] = [];
  readonly written: string[] = [];
  readonly methods: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly register: (protocol: McpServer) => void,
  ) {}

  /** `register` adds tools; it is called for each request. */
  static async start(register: (protocol: McpServer) => void = () => undefined): Promise<OutsideServer> {
    const server = createServer();
    const outside = new OutsideServer(server, register);
    server.on('request', (request, reply) => {
      outside.headers.push(request.headers);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body = text === '' ? undefined : (JSON.parse(text) as { method?: string }); // what its client sends is JSON
        if (body?.method) outside.methods.push(body.method);
        const transport = new StreamableHTTPServerTransport();
        void outside
          .protocol()
          .connect(transport as Parameters<McpServer['connect']>[0]) // differs in an optional property only
          .then(() => transport.handleRequest(request, reply, body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return outside;
  }

  get url(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp/secret-path`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }

  private protocol(): McpServer {
    const server = new McpServer({ name: 'outside', version: '1' });
    server.registerTool(
      'read_note',
      { description: 'Reads a note', inputSchema: { name: z.string() }, annotations: { readOnlyHint: true } },
      ({ name }) => ({ content: [{ type: 'text', text: `note ${name}` }] }),
    );
    server.registerTool(
      'write_note',
      { description: 'Writes a note', inputSchema: { text: z.string() } },
      ({ text }) => {
        this.written.push(text);
        return { content: [{ type: 'text', text: `wrote ${text}` }] };
      },
    );
    this.register(server);
    return server;
  }
}

async function saidWhereItListens(child: ChildProcess): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/listening on port|running on port/.test(text)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}
