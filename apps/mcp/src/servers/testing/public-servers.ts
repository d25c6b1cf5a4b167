import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** A running server of other authors. */
export interface PublicServer {
  url: string;
  close(): Promise<void>;
}

/** `@modelcontextprotocol/server-everything`, by either of its HTTP transports. */
export async function startEverything(mode: 'streamableHttp' | 'sse', port?: number): Promise<PublicServer> {
  const chosen = port ?? (await freePort());
  const program = scriptOf('@modelcontextprotocol/server-everything/dist/index.js');
  const child = spawn(process.execPath, [program, mode], {
    env: { PORT: String(chosen) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await printed(child, /listening on port|running on port/);
  const path = mode === 'sse' ? 'sse' : 'mcp';
  return { url: `http://127.0.0.1:${chosen}/${path}`, close: () => ended(child) };
}

/** `@modelcontextprotocol/server-filesystem`, which supports stdio only, behind a bridge of the SDK's transports. */
export async function startFilesystem(folder: string): Promise<PublicServer> {
  const program = scriptOf('@modelcontextprotocol/server-filesystem/dist/index.js');
  const inner = new StdioClientTransport({
    command: process.execPath,
    args: [program, folder],
    stderr: 'ignore',
  });
  const outer = new StreamableHTTPServerTransport({ sessionIdGenerator: () => crypto.randomUUID() });
  outer.onmessage = (message) => void inner.send(message);
  inner.onmessage = (message) => void outer.send(message);
  await inner.start();
  const server = createServer((request, reply) => void outer.handleRequest(request, reply));
  const url = await listen(server);
  return {
    url: `${url}/mcp`,
    close: async () => {
      await outer.close();
      await inner.close();
      await closeServer(server);
    },
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return `http://127.0.0.1:${port}`;
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}

function scriptOf(path: string): string {
  return fileURLToPath(new URL(`../../../../../node_modules/${path}`, import.meta.url));
}

async function freePort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as above
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

async function printed(child: ChildProcess, words: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (words.test(text)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
