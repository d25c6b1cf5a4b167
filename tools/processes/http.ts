/**
 * Node's HTTP client for a process that stays small. An `import` of `node:http` reads all its exports, of which one loads Node's own `fetch`:
 * 13 MB that `npm start` would keep.
 */
export const { get, request } = process.getBuiltinModule('node:http');
