import type { EventHandler } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FileDocumentEntity } from '../file-search/file-document.entity.ts';
import { ServerEntity } from '../servers/registry/server.entity.ts';

/** Removes what a user left here: the file index and the registered servers. */
@Injectable()
export class ToolDataRemoval implements EventHandler<{ userId: string }> {
  constructor(private readonly database: DataSource) {}

  async handle({ userId }: { userId: string }): Promise<void> {
    await this.database.transaction(async (db) => {
      await db.delete(FileDocumentEntity, { userId });
      await db.delete(ServerEntity, { ownerId: userId });
    });
  }
}
