import { userRemoved } from '@antiphon/contracts';
import { Consumes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FileDocumentEntity } from '../file-search/file-document.entity.ts';
import { ServerEntity } from '../servers/registry/server.entity.ts';

/** Removes the file index and the registered servers of a removed user. */
@Controller()
export class ToolDataRemoval {
  constructor(private readonly database: DataSource) {}

  @Consumes(userRemoved, 'mcp-users-removed')
  async remove({ userId }: { userId: string }): Promise<void> {
    await this.database.transaction(async (db) => {
      await db.delete(FileDocumentEntity, { userId });
      await db.delete(ServerEntity, { ownerId: userId });
    });
  }
}
