import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A piece of a document, as long as a search result. Beside these columns the table has `words` (what full text search looks in) and
 * `embedding` (a unit vector, or null), which only SQL reads and writes.
 */
@Entity({ schema: 'mcp', name: 'file_chunks' })
export class FileChunkEntity {
  @PrimaryColumn({ name: 'user_id', type: 'text' })
  userId!: string;

  @PrimaryColumn({ name: 'document_id', type: 'text' })
  documentId!: string;

  /** From 0 in the order of the text. */
  @PrimaryColumn({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  text!: string;
}
