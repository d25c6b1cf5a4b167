import type { Socket as DatagramSocket } from 'node:dgram';

/** Modules that reach nothing outside the process. Node needs them to run on. */
const harmless = new Set([
  ...[
    'assert',
    'assert/strict',
    'async_hooks',
    'buffer',
    'console',
    'constants',
    'diagnostics_channel',
    'events',
  ],
  ...['path', 'path/posix', 'path/win32', 'perf_hooks', 'process', 'punycode', 'querystring', 'stream'],
  ...[
    'stream/consumers',
    'stream/promises',
    'stream/web',
    'string_decoder',
    'sys',
    'timers',
    'timers/promises',
  ],
  ...['url', 'util', 'util/types', 'zlib', '_stream_duplex', '_stream_passthrough', '_stream_readable'],
  ...['_stream_transform', '_stream_wrap', '_stream_writable'],
]);

/** Functions of `process` that Node itself needs to run and end. They affect no other process. */
const neededOfProcess = new Set([
  'emit',
  'emitWarning',
  'exit',
  'nextTick',
  'off',
  'on',
  'reallyExit',
  '_tickCallback',
]);

/**
 * Loads the modules that the lock-down closes. Node has compiled code of them, but V8 takes it only while no flag differs from its default, and
 * the flag that forbids code from strings does; without it they take twice as long. The context of this process is fixed when it starts and stays closed.
 */
export function loadModules(process: NodeJS.Process): void {
  const { builtinModules } = process.getBuiltinModule('node:module');
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--no-disallow-code-generation-from-strings');
  for (const name of builtinModules) process.getBuiltinModule(name);
  setFlagsFromString('--disallow-code-generation-from-strings');
}

/**
 * Closes every way to the outside that Node has, for the rest of the process: the functions of Node's modules refuse. Node's permission model
 * leaves the network and signals open, so the native objects behind sockets refuse too. Throws where Node's objects differ from those
 * expected here, so that no code runs in a process that is partly open.
 */
export function lockDown(process: NodeJS.Process): void {
  const { builtinModules, syncBuiltinESMExports } = process.getBuiltinModule('node:module');
  const sockets = socketHandles(process);
  const modulesOf = (names: string[]) => names.map((name) => process.getBuiltinModule(name) as object);
  const spared = new Set(modulesOf(builtinModules.filter((name) => harmless.has(name))).flatMap(holdersIn));
  spared.add(Object.prototype).add(Function.prototype).add(process);
  const holders = modulesOf(builtinModules.filter((name) => !harmless.has(name))).flatMap(holdersIn);
  for (const handle of sockets) holders.push(Reflect.getPrototypeOf(handle) ?? handle);
  for (const holder of holders) if (!spared.has(holder)) refuseMethods(holder);
  refuseMethods(process, neededOfProcess);
  syncBuiltinESMExports();
}

/** One object of each native class that reaches a network: TCP, pipes, UDP, name resolution. None of them is connected. */
function socketHandles(process: NodeJS.Process): object[] {
  const net = process.getBuiltinModule('node:net');
  const dgram = process.getBuiltinModule('node:dgram');
  const dns = process.getBuiltinModule('node:dns');
  const tcp = new net.Socket().on('error', () => undefined);
  tcp.connect({ host: '127.0.0.1', port: 1 });
  const tcpHandle = property(tcp, '_handle');
  tcp.destroy(); // before the tick in which it would connect
  const pipe = new net.Socket().on('error', () => undefined);
  pipe.connect({ path: '/nonexistent' });
  const pipeHandle = property(pipe, '_handle');
  pipe.destroy();
  const udp = dgram.createSocket('udp4');
  const udpHandle = property(stateOf(udp), 'handle');
  udp.close();
  return [tcpHandle, pipeHandle, udpHandle, property(new dns.Resolver(), '_handle')];
}

function stateOf(socket: DatagramSocket): object {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'state symbol',
  );
  return property(socket, symbol ?? 'state symbol');
}

function property(holder: object, name: string | symbol): object {
  const value: unknown = Reflect.get(holder, name);
  if (typeof value !== 'object' || value === null) throw new Error(`there is no ${String(name)} to close`);
  return value;
}

/** The objects that hold a module's functions: the module, its namespaces, its classes and their prototypes. */
function holdersIn(module: object): object[] {
  const values = Reflect.ownKeys(module).map((name) => valueOf(module, name));
  const inherited = values.map((value) => (typeof value === 'function' ? valueOf(value, 'prototype') : null));
  return [module, ...values, ...inherited].filter(
    (holder): holder is object =>
      holder !== null && (typeof holder === 'object' || typeof holder === 'function'),
  );
}

function refuseMethods(holder: object, kept?: ReadonlySet<string | symbol>): void {
  for (const name of Reflect.ownKeys(holder)) {
    if (name === 'constructor' || kept?.has(name) || typeof valueOf(holder, name) !== 'function') continue;
    Reflect.defineProperty(holder, name, { value: refuse, writable: false, configurable: false });
  }
}

/** The value of a property; undefined for a getter, because calling some getters opens a resource. */
function valueOf(holder: object, name: string | symbol): unknown {
  return Reflect.getOwnPropertyDescriptor(holder, name)?.value;
}

function refuse(): never {
  throw new Error('this process has no way to the outside');
}
