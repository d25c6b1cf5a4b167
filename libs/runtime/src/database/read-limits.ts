/**
 * The most that the items of one context may have, in bytes of JSON. A model is asked in one message of the bus, whose bound is 8 MiB
 * (`max_payload`): what is left is for instructions and tools.
 */
export const contextBytesMax = 8_000_000;

/** Where a page of a list ends before its limit, in bytes of the stored rows. One row is always given, whatever its size. */
export const pageBytesMax = 4_000_000;

/** Parts of something that is too large to read as a whole, with the bytes of each. */
export interface Measured {
  bytes: number;
}
