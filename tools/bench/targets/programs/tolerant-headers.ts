/**
 * Loaded into Portkey's gateway before it starts. The gateway adds headers to the response of `fetch`, which Node 24 refuses since they are
 * immutable, so every stream would fail. Here such a change is ignored; nothing that a client reads depends on it.
 */
for (const name of ['append', 'set', 'delete'] as const) {
  const original: (...values: never[]) => void = Headers.prototype[name];
  const tolerant = function (this: Headers, ...values: never[]) {
    try {
      original.apply(this, values);
    } catch {
      // The headers are immutable.
    }
  };
  Object.defineProperty(Headers.prototype, name, { value: tolerant });
}
