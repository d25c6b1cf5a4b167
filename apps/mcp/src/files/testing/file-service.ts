import { DataSource } from 'typeorm';
import { beforeEach } from 'vitest';
import { startFeatures } from '../../testing/started-service.ts';
import { FilesCleaner } from '../files-cleaner.ts';
import { FilesModule } from '../files.module.ts';
import { fileRoutes } from '../http/routes.ts';
import { FileStore } from '../stored/file.store.ts';

export { ann } from '../../testing/started-service.ts';

/** The mcp service with its files alone. Each test begins without files. */
export async function fileService(limits: Record<string, unknown> = {}, environment: NodeJS.ProcessEnv = {}) {
  const service = await startFeatures({
    limits: { files: { clean_up_interval: '1h', ...limits } },
    environment,
    modules: (config) => [FilesModule.with(fileRoutes(config.files.limits))],
  });
  const { app, query } = service;
  beforeEach(() => query('truncate mcp.files, mcp.uploads, mcp.file_parts, mcp.file_part_chunks cascade'));

  /** The rows of parts and chunks that are left. */
  const stored = async () => {
    const [counts] = await service.query(`
      select (select count(*)::int from mcp.file_parts where status <> 'released') as parts,
             (select count(*)::int from mcp.file_part_chunks) as chunks`);
    return counts;
  };
  return {
    ...service,
    stored,
    files: app.get(FileStore),
    cleaner: app.get(FilesCleaner),
    dataSource: app.get(DataSource),
  };
}
