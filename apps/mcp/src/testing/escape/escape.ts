import * as childProcess from 'node:child_process';
import * as dgram from 'node:dgram';
import * as dns from 'node:dns';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as inspector from 'node:inspector';
import * as net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { loadModules, lockDown } from '../../python/inside/lock-down.ts';

/*
 * Acts as code that has left Python and reached Node: it holds Node's modules and `process` from before the lock-down.
 * `node … escape.js PORT OTHER_PID locked|unlocked` tries every known way to the outside and prints the outcome of each: `open`, or the refusal.
 */

const node = process;
const [, , port = '', otherPid = '', lock] = node.argv;
const address = { host: '127.0.0.1', port: Number(port) };
const { readFileSync, writeFileSync, readdirSync, statSync, symlinkSync, unlinkSync, writeSync } = fs;
const { fetch, WebSocket } = globalThis;
const kill = node.kill.bind(node);
const exit = node.exit.bind(node);
const attemptTimeoutMs = 1_500;

const attempts: Record<string, () => unknown> = {
  'read a file': () => readFileSync('/etc/passwd'),
  'read a file by its module': () => fs.readFileSync('/etc/passwd'),
  'read the environment of another process': () => readFileSync(`/proc/${otherPid}/environ`),
  'list a folder': () => readdirSync('/etc'),
  'look at a file': () => statSync('/etc/passwd'),
  'write a file': () => written(`/tmp/escape-${node.pid}`),
  'make a link': () => linked(`/tmp/escape-${node.pid}`),
  'start a process': () => childProcess.execFileSync('/bin/true'),
  'start a process in the background': () => once(childProcess.spawn('/bin/true'), 'spawn'),
  'start a thread': () => once(new Worker('1', { eval: true }), 'online'),
  'signal another process': () => node.kill(Number(otherPid), 0),
  'signal another process by a function kept': () => kill(Number(otherPid), 0),
  'signal another process natively': () => assertZero(hidden('_kill')(Number(otherPid), 0)),
  'load native code': () => node.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libm.so.6'),
  'get a native binding': () => hidden('binding')('fs'),
  'get a module': () => node.getBuiltinModule('node:fs').readFileSync('/etc/passwd'),
  'import a module': async () => (await import('node:fs')).readFileSync('/etc/passwd'),
  'make code of a string': () => Reflect.construct(Function, ['return 1']),
  connect: () => once(net.connect(address), 'connect'),
  'connect by a socket': () => once(new net.Socket().connect(address), 'connect'),
  'listen by a native handle': () => listenNatively(),
  listen: () => once(net.createServer().listen(0, '127.0.0.1'), 'listening'),
  'send a datagram': () => datagram(),
  'ask by HTTP': () => once(http.get({ ...address, path: '/' }), 'response'),
  fetch: () => fetch(`http://127.0.0.1:${port}/`),
  'open a WebSocket': () => opened(new WebSocket(`ws://127.0.0.1:${port}/`)),
  'resolve a name': () => dns.promises.lookup('localhost'),
  'ask a name server': () => resolver.resolve4('example.com'),
  'open the inspector': () => inspector.open(0, '127.0.0.1'),
};

/** Made before the lock-down too. */
const resolver = new dns.promises.Resolver({ timeout: 500, tries: 1 });
resolver.setServers([`127.0.0.1:${port}`]);
const Handle = handleClass();

loadModules(node);
if (lock === 'locked') lockDown(node);
const outcomes: Record<string, string> = {};
for (const [name, attempt] of Object.entries(attempts)) outcomes[name] = await outcomeOf(attempt);
writeSync(1, JSON.stringify(outcomes));
exit(0);

async function outcomeOf(attempt: () => unknown): Promise<string> {
  try {
    const silence = delay(attemptTimeoutMs).then(() => Promise.reject(new Error('silence')));
    await Promise.race([Promise.resolve(attempt()), silence]);
    return 'open';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function written(path: string): void {
  writeFileSync(path, '');
  unlinkSync(path);
}

function linked(path: string): void {
  symlinkSync('/etc/passwd', path);
  unlinkSync(path);
}

/** An undocumented function of `process`. */
function hidden(name: string): (...args: unknown[]) => unknown {
  return Reflect.get(node, name) as (...args: unknown[]) => unknown; // the names used here are functions
}

function assertZero(code: unknown): void {
  if (code !== 0) throw new Error(`code ${String(code)}`);
}

type NativeHandle = new (kind: number) => {
  bind(host: string, port: number): number;
  listen(backlog: number): number;
};

/** The native class behind every TCP socket of Node. */
function handleClass(): NativeHandle {
  const socket = new net.Socket().on('error', () => undefined);
  socket.connect(address);
  const handle = Reflect.get(socket, '_handle') as { constructor: NativeHandle }; // a connecting socket has a handle
  socket.destroy();
  return handle.constructor;
}

function listenNatively(): void {
  const handle = new Handle(1);
  assertZero(handle.bind('127.0.0.1', 0));
  assertZero(handle.listen(1));
}

async function datagram(): Promise<void> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.send('x', Number(port), '127.0.0.1', (error) => (error ? reject(error) : resolve()));
  });
}

async function opened(socket: WebSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error('no connection'));
  });
}
