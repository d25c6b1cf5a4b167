import { execFile, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLauncher, type Launcher } from './launcher.ts';
import { confinedNode } from '../python-command.ts';
import { withoutTypes } from '../testing/spec-files.ts';

const program = withoutTypes(['testing/escape', 'python/inside']);
const escape = join(program, 'testing/escape/escape.js');
const reading = [`--allow-fs-read=${program}/`];

let server: Server;
let datagrams: Socket;
/** The number of connections and datagrams that arrived from the processes. */
let arrived = 0;
let launcher: Launcher | null;

beforeAll(async () => {
  server = createServer((_request, reply) => {
    arrived += 1;
    reply.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.on('upgrade', (_request, socket) => {
    arrived += 1;
    socket.destroy();
  });
  datagrams = createSocket('udp4', () => (arrived += 1));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  await new Promise<void>((resolve) => datagrams.bind(port, '127.0.0.1', resolve));
  launcher = await findLauncher(30_000);
});

afterAll(async () => {
  datagrams.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The outcome of each attempt in a process with this confinement. */
async function tryToEscape(command: readonly string[]): Promise<Record<string, string>> {
  const [file = '', ...args] = command;
  const { stdout } = await promisify(execFile)(file, args, { env: {}, cwd: '/' });
  return JSON.parse(stdout) as Record<string, string>; // the escape prints names with texts
}

function attempt(lock: 'locked' | 'unlocked'): string[] {
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return [escape, String(port), String(process.pid), lock];
}

function open(outcomes: Record<string, string>): string[] {
  return Object.keys(outcomes).filter((name) => outcomes[name] === 'open');
}

const network = [
  'connect',
  'connect by a socket',
  'listen',
  'listen by a native handle',
  'send a datagram',
  'ask by HTTP',
  'fetch',
  'resolve a name',
];
const signals = [
  'signal another process',
  'signal another process by a function kept',
  'signal another process natively',
];

describe('code that has escaped from Python into Node', () => {
  it('reaches everything in an unconfined process', async () => {
    const outcomes = await tryToEscape([process.execPath, ...attempt('unlocked')]);
    const expected = [
      ...network,
      ...signals,
      'read a file',
      'write a file',
      'start a process',
      'start a thread',
    ];
    expect(open(outcomes)).toEqual(expect.arrayContaining(expected));
    expect(arrived).toBeGreaterThanOrEqual(3);
  });

  it('reaches nothing with all layers on', async () => {
    arrived = 0;
    const outcomes = await tryToEscape(confinedNode([...reading, ...attempt('locked')], launcher));
    expect(open(outcomes)).toEqual([]);
    expect(arrived).toBe(0);
  });

  it('does not run unfiltered on a busy machine', async ({ skip }) => {
    if (!launcher) return skip('this machine has no system call filter');
    await expect(findLauncher(1)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('reaches nothing on a machine without the system call filter', async () => {
    arrived = 0;
    const outcomes = await tryToEscape(confinedNode([...reading, ...attempt('locked')], null));
    expect(open(outcomes)).toEqual([]);
    expect(arrived).toBe(0);
  });

  it('leaves no core dump when it crashes', async ({ skip }) => {
    if (!launcher) return skip('this machine has no system call filter');
    const [file, ...args] = launcher([process.execPath, '-e', 'setInterval(() => {}, 1000)']);
    const child = spawn(file, args, { env: {}, stdio: 'ignore' });
    const limits = () => readFile(`/proc/${child.pid}/limits`, 'utf8');
    await expect.poll(limits).toMatch(/^Max core file size +0 +0 /m);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('reaches nothing where the lock-down fails and the system call filter holds', async ({ skip }) => {
    if (!launcher) return skip('this machine has no system call filter');
    arrived = 0;
    const outcomes = await tryToEscape(confinedNode([...reading, ...attempt('unlocked')], launcher));
    // From the file of the host's own names: a name server is not reached.
    expect(open(outcomes)).toEqual(['resolve a name']);
    expect(arrived).toBe(0);
  });
});
