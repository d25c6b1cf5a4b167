import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A piece of a document, as long as a search result. The table also has the columns `words` (the full text index) and `embedding` (a unit
 * vector, or null), which only SQL reads and writes.
 */
@Entity({ schema: 'mcp', name: 'file_chunks' })
export class FileChunkEntity {
  @PrimaryColumn({ name: 'user_id', type: 'text' })
  userId!: string;

  @PrimaryColumn({ name: 'document_id', type: 'text' })
  documentId!: string;

  /** Its place in the document, from 0. */
  @PrimaryColumn({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  text!: string;
}
