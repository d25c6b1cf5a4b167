import type { AttributeValue, Caller } from '@antiphon/contracts';

export type StoreFileStatus = 'in_progress' | 'completed' | 'failed' | 'cancelled';

/** Why a file was not indexed, in the words of the API. */
export type IndexErrorCode = 'server_error' | 'unsupported_file' | 'invalid_file';

/** How a text is cut into passages, in tokens. */
export interface Chunking {
  chunkTokens: number;
  overlapTokens: number;
}

export type FileCounts = Record<StoreFileStatus, number>;

/** A vector store of a caller. */
export interface VectorStoreRow {
  id: string;
  name: string;
  description: string | null;
  metadata: Record<string, string>;
  isDefault: boolean;
  expiresAfterDays: number | null;
  createdAt: Date;
  lastActiveAt: Date;
  expiresAt: Date | null;
  isExpired: boolean;
  counts: FileCounts;
  usageBytes: number;
}

/** A file in a vector store. */
export interface StoreFileRow extends Chunking {
  storeId: string;
  fileId: string;
  /** The name that a file_search tool gave it; null for a file of `/v1/files`. */
  documentId: string | null;
  filename: string;
  attributes: Record<string, AttributeValue>;
  status: StoreFileStatus;
  errorCode: IndexErrorCode | null;
  errorMessage: string | null;
  usageBytes: number;
  createdAt: Date;
}

/** Files that were added together. */
export interface FileBatchRow {
  id: string;
  storeId: string;
  createdAt: Date;
  isCancelled: boolean;
  counts: FileCounts;
}

/** A file to add to a store. */
export interface NewStoreFile extends Chunking {
  fileId: string;
  attributes: Record<string, AttributeValue>;
}

/** A file that a process indexes. */
export interface IndexClaim extends Chunking {
  storeId: string;
  fileId: string;
  filename: string;
  creator: Caller;
  /** The number of the claim: a claim with a higher one replaces it. */
  epoch: number;
  /** How often the file was claimed, this time included. */
  attempts: number;
}
