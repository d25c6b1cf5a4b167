/** Headers that belong to the connection of a request. Only the code that opens the connection sets them. */
export const connectionHeaders: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
