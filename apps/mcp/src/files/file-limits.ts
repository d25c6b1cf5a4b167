/** The limits of files, uploads and their parts. */
export interface FileLimits {
  /** Bytes of a file that one request sends. */
  fileBytesMax: number;
  /** Bytes of a file that is uploaded in parts. */
  uploadBytesMax: number;
  partBytesMax: number;
  partsPerUploadMax: number;
  /** How long an upload takes parts. */
  uploadTtlMs: number;
  openUploadsMax: number;
  /** Bytes of all files and parts of one caller. */
  callerBytesMax: number;
  /** The same for a guest. */
  guestBytesMax: number;
  filesPerCallerMax: number;
  cleanUpIntervalMs: number;
}
