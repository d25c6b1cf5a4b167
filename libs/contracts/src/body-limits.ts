/**
 * The limits of the JSON of one request. A body is measured before it is parsed, so that no schema sees more than this: a parsed value or the
 * issues of a schema take up to a hundred times the bytes of the text, and a service has a heap of 384 MB.
 *
 * `bytesMax` and `depthMax` are the defaults of `BODY_LIMIT_BYTES` and `http.body_depth_max`. Strings have no limit of their own: an image or a
 * file in base64 may fill the body.
 */
export const bodyLimits = {
  bytesMax: 8 * 1024 * 1024,
  /** Levels of objects and arrays. */
  depthMax: 100,
  /** Values of every kind. The tokens of a full request for embeddings are 300,000 numbers. */
  valuesMax: 400_000,
  /** Strings (with keys), objects and arrays, which cost memory. A conversation of 5,000 items has about 80,000. */
  partsMax: 150_000,
  /** Entries of one array. */
  entriesMax: 20_000,
  /** Keys of one object. */
  keysMax: 4_096,
  /** Bytes of one key as it is written. */
  keyBytesMax: 1_024,
  /** How many faults of a body one answer lists. */
  issuesMax: 20,
} as const;

/** The limits that hold before a body is parsed. */
export type BodyLimits = Record<
  'bytesMax' | 'depthMax' | 'valuesMax' | 'partsMax' | 'entriesMax' | 'keysMax' | 'keyBytesMax',
  number
>;

/**
 * How many bytes of requests a process works on at the same time, separately for HTTP bodies and bus requests. A request in progress takes up to
 * three times its bytes. `holderBytesMax` is the share of one caller; requests below `smallBytes` are not counted.
 */
export const workRoom = {
  bytesMax: 64 * 1024 * 1024,
  holderBytesMax: 32 * 1024 * 1024,
  smallBytes: 64 * 1024,
  waitingMax: 256,
} as const;
