import type { MemoryLimit } from '@antiphon/contracts';
import type { DataLimits } from '../python/data/data-files.ts';

/** The limits of containers and their files. */
export interface ContainerLimits {
  /** Minutes that a container is kept without use, where its caller sets none. */
  idleMinutes: number;
  idleMinutesMax: number;
  /** Memory of one interpreter: the most that a container gets. */
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

/** The warning about a container that declares more memory than it gets; undefined where it gets it. `setting` is the limit's name. */
export function memoryWarning(
  memoryLimit: MemoryLimit | null,
  { memoryMbMax, setting }: { memoryMbMax: number; setting: string },
): string | undefined {
  if (memoryLimit === null || memoryLimits[memoryLimit] <= memoryMbMax) return undefined;
  return `The container has ${memoryMbMax} MB in place of its memory_limit ${memoryLimit}: the operator of this server allows no more (${setting}).`;
}

/** The memory of a container in MB: what it declares, as far as the server allows it; null: the server's own limit. */
export function grantedMemoryMb(memoryLimit: MemoryLimit | null, memoryMbMax: number): number | null {
  return memoryLimit && Math.min(memoryLimits[memoryLimit], memoryMbMax);
}
