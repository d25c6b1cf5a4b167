import type { MemoryLimit } from '@antiphon/contracts';
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
export const memoryLimits: Readonly<Record<MemoryLimit, number>> = {
  '1g': 1_024,
  '4g': 4_096,
  '16g': 16_384,
  '64g': 65_536,
};

/** The sentence about more memory than there is. It follows the name of the field. */
export function tooMuchMemory(memoryMbMax: number): string {
  return `must be at most the ${memoryMbMax} MB that this server gives to Python: leave it out, or have its operator raise python.memory_mb`;
}
