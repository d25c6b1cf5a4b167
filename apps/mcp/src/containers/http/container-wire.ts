import { posix } from 'node:path';
import { type DownloadedFile, pageFrom, seconds } from '../../files/http/file-wire.ts';
import { dataRoot } from '../../python/data/data-files.ts';
import type { Container, ContainerFile } from '../stored/container.ts';
import type { WireContainer, WireContainerFile, WireContainerFileList, WireContainerList } from './routes.ts';

export function encodeContainer(container: Container): WireContainer {
  const { id, name, memoryLimit } = container;
  return {
    id,
    object: 'container',
    created_at: seconds(container.createdAt),
    status: container.isExpired ? 'expired' : 'running',
    name,
    last_active_at: seconds(container.lastActiveAt),
    expires_after: { anchor: 'last_active_at', minutes: container.idleMinutes },
    ...(memoryLimit && { memory_limit: memoryLimit }),
    network_policy: { type: 'disabled' },
  };
}

/** A page of containers, from one more than `limit` where there are more. */
export function encodeContainerList(found: readonly Container[], limit: number): WireContainerList {
  return pageFrom(found, limit, encodeContainer);
}

export function encodeContainerFile(file: ContainerFile): WireContainerFile {
  return {
    id: file.id,
    object: 'container.file',
    container_id: file.containerId,
    created_at: seconds(file.createdAt),
    bytes: file.bytes,
    path: `${dataRoot}/${file.path}`,
    source: file.source,
  };
}

/** A page of files, from one more than `limit` where there are more. */
export function encodeContainerFileList(
  found: readonly ContainerFile[],
  limit: number,
): WireContainerFileList {
  return pageFrom(found, limit, encodeContainerFile);
}

/** A file as a download. Its type is not known. */
export function downloadOf({ path, bytes }: ContainerFile): DownloadedFile {
  return { filename: posix.basename(path), mimeType: 'application/octet-stream', bytes };
}
