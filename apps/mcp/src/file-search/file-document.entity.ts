import type { JsonObject } from '@antiphon/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A document of someone's search index. Its text is kept as chunks only. */
@Entity({ schema: 'mcp', name: 'file_documents' })
export class FileDocumentEntity {
  @PrimaryColumn({ name: 'user_id', type: 'text' })
  userId!: string;

  /** The owner's own name for it. */
  @PrimaryColumn({ name: 'document_id', type: 'text' })
  documentId!: string;

  @Column({ type: 'jsonb' })
  metadata!: JsonObject;

  @Column({ type: 'text', array: true })
  tags!: string[];

  @Column({ name: 'chunk_count', type: 'integer' })
  chunkCount!: number;

  /** What embedded its chunks; null where nothing did. Only vectors of one model can be compared. */
  @Column({ name: 'embedding_model', type: 'text', nullable: true })
  embeddingModel!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', insert: false, update: false })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', insert: false, update: false })
  updatedAt!: Date;
}
