/** The globals of the language itself, and those that Pyodide needs. */
const kept = new Set([
  ...[
    'Object',
    'Function',
    'Array',
    'Number',
    'Boolean',
    'String',
    'Symbol',
    'BigInt',
    'Date',
    'RegExp',
    'Promise',
  ],
  ...[
    'Error',
    'AggregateError',
    'EvalError',
    'RangeError',
    'ReferenceError',
    'SyntaxError',
    'TypeError',
    'URIError',
  ],
  ...['JSON', 'Math', 'Intl', 'Reflect', 'Proxy', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Iterator'],
  ...['FinalizationRegistry', 'SuppressedError', 'ArrayBuffer', 'SharedArrayBuffer', 'Atomics', 'DataView'],
  ...[
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
  ],
  ...[
    'BigInt64Array',
    'BigUint64Array',
    'Float16Array',
    'Float32Array',
    'Float64Array',
    'WebAssembly',
    'globalThis',
  ],
  ...['undefined', 'NaN', 'Infinity', 'isNaN', 'isFinite', 'parseInt', 'parseFloat'],
  ...['decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape'],
  ...['setTimeout', 'clearTimeout', 'queueMicrotask', 'performance', 'TextEncoder', 'TextDecoder', 'URL'],
  ...['AbortController', 'AbortSignal'],
]);

/** Removes Node's globals: `process`, `fetch`, `Buffer`, `WebSocket` and all the others. Throws where one cannot be removed. */
export function makeGlobalsBare(): void {
  const { crypto } = globalThis;
  const random = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!kept.has(name) && !Reflect.deleteProperty(globalThis, name)) {
      throw new Error(`the global ${name} cannot be removed`);
    }
  }
  const silent = () => undefined;
  Object.assign(globalThis, { crypto: random, console: { log: silent, warn: silent, error: silent } });
}
