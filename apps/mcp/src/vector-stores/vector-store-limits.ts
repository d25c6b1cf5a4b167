/** The limits of vector stores and of indexing their files. */
export interface VectorStoreLimits {
  storesPerCallerMax: number;
  filesPerStoreMax: number;
  /** Bytes of the passages and their vectors in all stores of one caller. */
  callerBytesMax: number;
  /** The same for a guest. */
  guestBytesMax: number;
  /** Bytes of a file that is indexed. */
  fileBytesMax: number;
  chunksPerFileMax: number;
  /** Files that one process indexes at the same time. */
  indexedAtOnceMax: number;
  attemptsMax: number;
  /** How long a process may be silent about a file before another one indexes it. */
  leaseMs: number;
  /** How often a process looks for files that wait. */
  pollMs: number;
  cleanUpIntervalMs: number;
}
