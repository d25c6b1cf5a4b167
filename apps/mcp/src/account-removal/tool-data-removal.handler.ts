import { userRemoved } from '@antiphon/contracts';
import { Consumes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FileEntity } from '../files/stored/file.entity.ts';
import { UploadEntity } from '../files/stored/upload.entity.ts';
import { FileParts } from '../files/parts/file-parts.ts';
import { releaseStores } from '../vector-stores/stored/release-stores.ts';
import { ServerEntity } from '../servers/registry/server.entity.ts';

/**
 * Removes the vector stores, the files, the containers and the registered servers of a removed user. The next clean-up removes what the stores hold, and
 * the bytes of the files.
 */
@Controller()
export class ToolDataRemoval {
  constructor(
    private readonly database: DataSource,
    private readonly parts: FileParts,
  ) {}

  @Consumes(userRemoved, 'mcp-users-removed')
  async remove({ userId }: { userId: string }): Promise<void> {
    await this.database.transaction(async (db) => {
      await releaseStores(db, userId);
      await this.parts.releaseUser(db, userId);
      await db.delete(FileEntity, { userId });
      await db.delete(UploadEntity, { userId });
      await db.query('delete from mcp.container_files where user_id = $1', [userId]);
      await db.query('delete from mcp.containers where user_id = $1', [userId]);
      await db.delete(ServerEntity, { ownerId: userId });
    });
  }
}
