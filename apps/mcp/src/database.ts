import type { DatabaseSchema } from '@antiphon/service-kit';
import { FileEntity } from './files/stored/file.entity.ts';
import { UploadEntity } from './files/stored/upload.entity.ts';
import { CreateFileSearch1765000000000 } from './migrations/1765000000000-create-file-search.ts';
import { McpServers1765000000001 } from './migrations/1765000000001-mcp-servers.ts';
import { AnyTransport1765000000002 } from './migrations/1765000000002-any-transport.ts';
import { Outbox1765000000003 } from './migrations/1765000000003-outbox.ts';
import { ServerTools1765000000010 } from './migrations/1765000000010-server-tools.ts';
import { ServerPins1766300000000 } from './migrations/1766300000000-server-pins.ts';
import { Files1766600000000 } from './migrations/1766600000000-files.ts';
import { VectorStores1766700000000 } from './migrations/1766700000000-vector-stores.ts';
import { Containers1766710000000 } from './migrations/1766710000000-containers.ts';
import { ServerEntity } from './servers/registry/server.entity.ts';

/** The service's schema in PostgreSQL. */
export const mcpSchema: DatabaseSchema = {
  schema: 'mcp',
  entities: [ServerEntity, FileEntity, UploadEntity],
  migrations: [
    CreateFileSearch1765000000000,
    McpServers1765000000001,
    AnyTransport1765000000002,
    Outbox1765000000003,
    ServerTools1765000000010,
    ServerPins1766300000000,
    Files1766600000000,
    VectorStores1766700000000,
    Containers1766710000000,
  ],
};
