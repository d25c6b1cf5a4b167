import type { DataSource } from 'typeorm';
import { chunksOf } from './chunks.ts';
import type { PartContents } from './part-contents.ts';

/** Bytes of one row. A reader and a writer hold one chunk at a time. */
const chunkBytes = 256 * 1024;
/** Rows that one statement deletes: about 32 MiB. */
const deletedAtOnce = 128;

/** Parts as rows of chunks in PostgreSQL, one statement a chunk, so that no transaction waits for a client. */
export class DatabaseContents implements PartContents {
  readonly name = 'database';

  constructor(private readonly database: DataSource) {}

  async write(partId: string, source: AsyncIterable<Buffer>): Promise<void> {
    let position = 0;
    for await (const chunk of chunksOf(source, chunkBytes)) {
      await this.database.query(
        'insert into mcp.file_part_chunks (part_id, position, data) values ($1, $2, $3)',
        [partId, position, chunk],
      );
      position += 1;
    }
  }

  async *read(partId: string): AsyncGenerator<Buffer> {
    for (let position = 0; ; position += 1) {
      const [row] = await this.database.query<{ data: Buffer }[]>(
        'select data from mcp.file_part_chunks where part_id = $1 and position = $2',
        [partId, position],
      );
      if (!row) return;
      yield row.data;
    }
  }

  async remove(partId: string): Promise<void> {
    for (;;) {
      const [, count]: [unknown, number] = await this.database.query(
        `delete from mcp.file_part_chunks where part_id = $1 and position in (
           select position from mcp.file_part_chunks where part_id = $1 order by position limit ${deletedAtOnce})`,
        [partId],
      );
      if (count < deletedAtOnce) return;
    }
  }
}
