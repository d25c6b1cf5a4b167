import { FilesCleaner } from '../../files/files-cleaner.ts';
import { FilesModule } from '../../files/files.module.ts';
import { fileRoutes } from '../../files/http/routes.ts';
import { partOfService } from '../../files/testing/file-service.ts';
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
  const service = await partOfService(
    { files: { clean_up_interval: '1h' }, containers: limits },
    environment,
    (config) => [
      FilesModule.with(fileRoutes(config.files.limits)),
      ContainersModule.with(containerRoutes(config.containers.limits)),
    ],
    'mcp.files, mcp.uploads, mcp.file_parts, mcp.file_part_chunks, mcp.container_files, mcp.containers',
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
    containers: service.app.get(ContainerStore),
    files: service.app.get(ContainerFileStore),
  };
}
