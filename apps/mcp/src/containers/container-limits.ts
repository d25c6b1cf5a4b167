import type { DataLimits } from '../python/data/data-files.ts';

/** The limits of containers and their files. */
export interface ContainerLimits {
  /** Minutes that a container is kept without use, where its caller sets none. */
  idleMinutes: number;
  idleMinutesMax: number;
  /** Memory of one interpreter: the most that a container may ask for. */
  memoryMbMax: number;
  /** The files of one container. */
  data: DataLimits;
  /** Containers of one caller that have not expired. */
  perCallerMax: number;
}

/** The memory limits of OpenAI's API, in MB. */
export const memoryLimits = { '1g': 1_024, '4g': 4_096, '16g': 16_384, '64g': 65_536 } as const;
export type MemoryLimit = keyof typeof memoryLimits;
