import { DataSource } from 'typeorm';
import { beforeEach } from 'vitest';
import { FilesCleaner } from '../../files/files-cleaner.ts';
import { FilesModule } from '../../files/files.module.ts';
import { fileRoutes } from '../../files/http/routes.ts';
import { startFeatures } from '../../testing/started-service.ts';
import { ContainersCleaner } from '../containers-cleaner.ts';
import { ContainersModule } from '../containers.module.ts';
import { containerRoutes } from '../http/routes.ts';
import { ContainerFileStore } from '../stored/container-file.store.ts';
import { ContainerStore } from '../stored/container.store.ts';

/** The mcp service with its files and containers alone; each test begins without them. */
export async function containerService(
  limits: Record<string, unknown> = {},
  environment: NodeJS.ProcessEnv = { PYTHON_EXEC_ENABLED: 'true' },
) {
  const service = await startFeatures({
    limits: { files: { clean_up_interval: '1h' }, containers: limits },
    environment,
    modules: (config) => [
      FilesModule.with(fileRoutes(config.files.limits)),
      ContainersModule.with(containerRoutes(config.containers.limits)),
    ],
  });
  beforeEach(() =>
    service.query(
      'truncate mcp.files, mcp.uploads, mcp.file_parts, mcp.file_part_chunks, mcp.container_files, mcp.containers cascade',
    ),
  );
  /** The rows that are left. */
  const stored = async () => {
    const [counts] = await service.query(`
      select (select count(*)::int from mcp.containers) as containers,
             (select count(*)::int from mcp.container_files) as files,
             (select count(*)::int from mcp.file_parts where status <> 'released') as parts,
             (select count(*)::int from mcp.file_part_chunks) as chunks`);
    return counts;
  };
  const cleanUp = async () => {
    await service.app.get(ContainersCleaner).cleanUp();
    await service.app.get(FilesCleaner).cleanUp();
  };
  return {
    ...service,
    stored,
    cleanUp,
    dataSource: service.app.get(DataSource),
    containers: service.app.get(ContainerStore),
    files: service.app.get(ContainerFileStore),
  };
}
