/**
 * The most bytes of JSON that the items of one context have. A model request is one message of the bus, at most 8 MiB (`max_payload`);
 * the rest of it is for instructions and tools.
 */
export const contextBytesMax = 8_000_000;

/** The most bytes of stored rows on one page of a list. A page has at least one row of any size. */
export const pageBytesMax = 4_000_000;

/** A part of a value that may be too large to read as a whole. */
export interface Measured {
  bytes: number;
}
