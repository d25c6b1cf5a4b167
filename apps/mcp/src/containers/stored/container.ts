import { AppError, type MemoryLimit } from '@antiphon/contracts';

/** A container of a caller: a place for files and for the Python that works on them. */
export interface Container {
  id: string;
  name: string;
  idleMinutes: number;
  /** Null: as much as every interpreter. */
  memoryLimit: MemoryLimit | null;
  createdAt: Date;
  lastActiveAt: Date;
  /** An expired container keeps nothing but its row, for a day. */
  isExpired: boolean;
  /** Whether code has run in it. */
  hasRun: boolean;
}

export interface NewContainer {
  name: string;
  /** Null: the operator's default. */
  idleMinutes: number | null;
  memoryLimit: MemoryLimit | null;
}

/** A file in `/mnt/data` of a container. */
export interface ContainerFile {
  id: string;
  containerId: string;
  /** Below `/mnt/data`. */
  path: string;
  bytes: number;
  source: FileSource;
  createdAt: Date;
}

/** `user`: the caller sent it. `assistant`: code wrote it last. */
export type FileSource = 'user' | 'assistant';

/** The columns of a `Container`. */
export const containerColumns = `
  id, name, idle_minutes as "idleMinutes", memory_limit as "memoryLimit", created_at as "createdAt",
  last_active_at as "lastActiveAt", expires_at <= clock_timestamp() as "isExpired", ran_at is not null as "hasRun"`;

/** The columns of a `ContainerFile`. */
export const containerFileColumns = `
  id, container_id as "containerId", path, bytes::float8 as bytes, source, created_at as "createdAt"`;

export function unknownContainer(id: string): AppError {
  return new AppError('not_found', `There is no container "${id.slice(0, 64)}".`, { param: 'container_id' });
}

export function expiredContainer(id: string): AppError {
  return new AppError(
    'invalid_request',
    `The container "${id}" has expired, and its files are gone. Create a new container.`,
    { param: 'container_id', reason: 'container_expired' },
  );
}
